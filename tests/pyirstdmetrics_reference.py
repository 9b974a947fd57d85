"""Reference values of PyIRSTDMetrics for hierarchical IoU and the kinds of errors.

PyIRSTDMetrics 1.0.2 needs NumPy below 2, so it has an environment of its own:

    uv venv reference
    uv pip install --python reference/bin/python pyirstdmetrics==1.0.2
    reference/bin/python tests/pyirstdmetrics_reference.py

writes tests/data/pyirstdmetrics.json: the pictures and what the toolkit says of each, and of all.
In a picture T is a pixel of the truth, P of the prediction, B of both.
"""

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / 'data/pyirstdmetrics.json'
#: The toolkit's words for the kinds of errors, and ours.
NAMES = {
    'loc_iou': 'loc_IoU', 'loc_pcp_err': 'loc_perception', 'loc_itf_err': 'loc_interference',
    'loc_s2m_err': 'loc_one_to_many', 'loc_m2s_err': 'loc_many_to_one',
    'seg_iou': 'seg_IoU', 'seg_mrg_err': 'seg_merging', 'seg_itf_err': 'seg_interference',
    'seg_pcp_err': 'seg_perception',
}  # fmt: skip
DRAWN = {
    'found, missed, false': """
        ..............
        .TB....TT...P.
        .TB....TT...P.
        .BB.........P.
        ..............""",
    'one component on two targets': """
        ..............
        .BBBPPBB......
        .BBBPPBB......
        .BBB..........
        ..............""",
    'one component between two targets': """
        ..............
        .TTB.BTT......
        .TTBPBTT......
        .TTB.BTT......
        ..............""",
    'two components on one target': """
        ..............
        .BBTTBB.......
        .BBTTBB..TTT..
        .BBTTBB..BBB..
        .............P""",
    'far off, but over half of it': """
        ................
        .BBBBBBBBBBBTTTT
        .BBBBBBBBBBBTTTT
        ................
        ................""",
    'near without a common pixel': """
        .........
        ..T..PP..
        ..T......
        .........
        ....P..T.""",
    'the nearest of two would be taken twice': """
        ..........
        ..T.P.T...
        ..........
        ..P.......
        ..........""",
    'nothing at all': """
        .....
        .....""",
    'nothing predicted': """
        .TT..
        .....""",
    'nothing there': """
        ..PP.
        .....""",
}


def drawn_masks(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Prediction and truth of a picture, bool (H, W)."""
    rows = np.array([list(line.strip()) for line in text.strip().splitlines()])
    return np.isin(rows, ('P', 'B')), np.isin(rows, ('T', 'B'))


def random_picture(seed: int) -> str:
    """A picture of small rectangles, most targets with a prediction beside them."""
    draw = np.random.RandomState(seed)
    masks = np.zeros((2, 24, 32), bool)
    for _ in range(9):
        y, x = draw.randint(0, 20), draw.randint(0, 28)
        for mask in masks:
            if draw.rand() < 0.8:
                dy, dx = draw.randint(-1, 3, 2)
                height, width = draw.randint(1, 5, 2)
                mask[max(0, y + dy) : y + dy + height, max(0, x + dx) : x + dx + width] = True
    letters = np.array(['.', 'T', 'P', 'B'])[masks[0] + 2 * masks[1]]
    return '\n'.join(''.join(row) for row in letters)


def reference(pictures: list[str]) -> dict[str, float]:
    """What the toolkit says of a set of pictures: hIoU and the kinds of errors, of 1."""
    from py_irstd_metrics.targetwise_metrics import (
        HierarchicalIoUBasedErrorAnalysis,
        MatchingBasedMetrics,
        OPDCMatching,
    )

    whole = MatchingBasedMetrics(matching_method=OPDCMatching(0.5, 3))
    kinds = HierarchicalIoUBasedErrorAnalysis(overlap_threshold=0.5, distance_threshold=3)
    for picture in pictures:
        pred, truth = drawn_masks(picture)
        for metric in (whole, kinds):
            metric.update(pred.astype(float), truth)
    found = kinds.get()
    values = {ours: float(found[theirs][0]) for theirs, ours in NAMES.items()}
    return {'hIoU': float(whole.get()['hiou'][0]), **values}


def main() -> None:
    """Write the file."""
    pictures = {name: '\n'.join(map(str.strip, text.split())) for name, text in DRAWN.items()}
    pictures |= {f'random {seed}': random_picture(seed) for seed in range(4)}
    cases = {
        name: {'picture': text.split(), 'expected': reference([text])}
        for name, text in pictures.items()
    }
    whole = [text for name, text in pictures.items() if not name.startswith('nothing ')]
    everything = list(pictures.values())
    content = {'cases': cases, 'whole': reference(whole), 'all': reference(everything)}
    FILE.write_text(json.dumps(content, indent=1) + '\n')


if __name__ == '__main__':
    main()
