"""Settings of scenes that have a name."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    'plain': {},
    'cluttered': dict(
        backgrounds=dict(sky=0.25, cloud=0.25, sea=0.15, ground=0.15, town=0.2),
        targets=dict(
            count=(1, 3),
            empty_share=0.5,
            scr=(2.0, 60.0),
            least_scr=1.8,
            sigma=(0.6, 2.8),
            before_structures=False,
            contrast=(8.0, 190.0),
        ),
        distractors=dict(
            blobs=(0, 2),
            lines=(0, 2),
            clouds=(0, 4),
            glints=(0, 2),
            spots=(0, 2),
            pylons=(0, 2),
            trees=(0, 1),
            buildings=(0, 7),
            building_width=(14.0, 320.0),
            building_contrast=(12.0, 150.0),
            chimneys=(0, 1),
            lamps=(0, 5),
            marks=(1, 4),
            mark_share=0.3,
        ),
        sensor=dict(
            blur=(0.3, 1.2),
            gain=(0.8, 6.0),
            sharpening=(0.0, 1.0),
            noise=(0.2, 2.5),
            row_noise=(0.0, 1.0),
            column_noise=(0.0, 1.0),
            blinking=(0, 80),
            line_defects=(0, 1),
        ),
    ),
}
"""Fields of ``SceneSettings`` by the name of the preset; absent fields keep their defaults."""
