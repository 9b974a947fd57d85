"""Settings say which field is wrong."""

import json

import pytest

from mdp_plugin.synthesis import (
    DistractorSettings,
    SceneSettings,
    SensorSettings,
    TargetSettings,
)


@pytest.mark.parametrize(
    ('cls', 'values', 'field'),
    [
        (SceneSettings, dict(size=(16, 64)), 'size'),
        (SceneSettings, dict(size=64), 'size'),
        (SceneSettings, dict(size=(64.0, 64)), 'size'),
        (SceneSettings, dict(bit_depth=12), 'bit_depth'),
        (SceneSettings, dict(backgrounds={'moon': 1}), 'backgrounds'),
        (SceneSettings, dict(backgrounds={}), 'backgrounds'),
        (SceneSettings, dict(backgrounds={'sky': 0}), 'backgrounds'),
        (SceneSettings, dict(backgrounds={'sky': float('nan')}), 'backgrounds'),
        (SceneSettings, dict(targets=dict(count=(1, 2))), 'targets'),
        (TargetSettings, dict(count=(2, 1)), 'count'),
        (TargetSettings, dict(count=(-1, 1)), 'count'),
        (TargetSettings, dict(count=(0.5, 1)), 'count'),
        (TargetSettings, dict(count=3), 'count'),
        (TargetSettings, dict(scr=(0, 5)), 'scr'),
        (TargetSettings, dict(scr=(5, float('nan'))), 'scr'),
        (TargetSettings, dict(sigma=(0.1, 2)), 'sigma'),
        (TargetSettings, dict(contrast=(0, 400)), 'contrast'),
        (TargetSettings, dict(mask_fraction=0), 'mask_fraction'),
        (TargetSettings, dict(mask_fraction=1.0), 'mask_fraction'),
        (TargetSettings, dict(border=-1), 'border'),
        (TargetSettings, dict(shapes={'cube': 1}), 'shapes'),
        (TargetSettings, dict(shapes={'ship': -1, 'point': 2}), 'shapes'),
        (TargetSettings, dict(empty_share=1.5), 'empty_share'),
        (TargetSettings, dict(least_scr=True), 'least_scr'),
        (TargetSettings, dict(before_structures=1), 'before_structures'),
        (DistractorSettings, dict(blobs=(0, 1.5)), 'blobs'),
        (DistractorSettings, dict(lamps=(0, 1000)), 'lamps'),
        (DistractorSettings, dict(clouds=(3, 1)), 'clouds'),
        (DistractorSettings, dict(cloud_length=(0, 50)), 'cloud_length'),
        (DistractorSettings, dict(building_contrast=(0, 300)), 'building_contrast'),
        (DistractorSettings, dict(mark_size=(2, 9)), 'mark_size'),
        (DistractorSettings, dict(mark_share=-0.1), 'mark_share'),
        (DistractorSettings, dict(blob_sigma=(0, 2)), 'blob_sigma'),
        (SensorSettings, dict(noise=(0, 1)), 'noise'),
        (SensorSettings, dict(vignetting=(0, 2)), 'vignetting'),
        (SensorSettings, dict(hot_pixels=(True, 2)), 'hot_pixels'),
        (SensorSettings, dict(blinking=(0, -1)), 'blinking'),
        (SensorSettings, dict(blinking_pixels=(0, 5)), 'blinking_pixels'),
        (SensorSettings, dict(sharpening=(-1, 0)), 'sharpening'),
    ],
)
def test_bad_value_is_refused_with_the_name_of_its_field(cls, values, field):
    with pytest.raises(ValueError, match=rf'{cls.__name__}\.{field}'):
        cls(**values)


def test_border_that_leaves_no_room_is_refused():
    with pytest.raises(ValueError, match='TargetSettings.border of 20'):
        SceneSettings(size=(32, 64), targets=TargetSettings(border=20))


def test_settings_survive_json():
    settings = SceneSettings(
        size=(64, 96), bit_depth=16, targets=TargetSettings(count=(0, 5), shapes={'airy': 1})
    )
    again = SceneSettings.from_dict(json.loads(json.dumps(settings.to_dict())))
    assert again == settings
    assert again.targets.count == (0, 5)


def test_part_of_the_settings_keeps_the_other_defaults():
    settings = SceneSettings.from_dict(dict(targets=dict(count=[0, 0])))
    assert settings.targets == TargetSettings(count=(0, 0))
    assert settings.sensor == SensorSettings()


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (dict(colour='red'), "SceneSettings has no field 'colour'"),
        (dict(targets=dict(number=3)), "TargetSettings has no field 'number'"),
        (dict(sensor=3), 'SensorSettings must be given as a mapping'),
    ],
)
def test_unknown_field_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        SceneSettings.from_dict(values)


def test_white_level():
    assert SceneSettings(bit_depth=8).white_level == 255
    assert SceneSettings(bit_depth=16).white_level == 16383


def test_preset_and_what_differs_from_it():
    settings = SceneSettings.preset('cluttered', size=(64, 64), targets=dict(scr=[4, 5]))
    assert settings.size == (64, 64)
    assert settings.targets.scr == (4, 5)
    assert settings.targets.empty_share == 0.5
    assert settings.distractors.buildings[1] > 0
    assert SceneSettings.preset('plain') == SceneSettings()
    with pytest.raises(ValueError, match="no preset 'hard'; there are plain, cluttered"):
        SceneSettings.preset('hard')
