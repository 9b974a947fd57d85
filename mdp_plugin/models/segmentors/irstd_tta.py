"""Test-time augmentation that averages probabilities."""

import torch
from mmengine.structures import PixelData
from mmseg.models.segmentors import SegTTAModel
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList


@MODELS.register_module()
class IRSTDTTAModel(SegTTAModel):
    """Average the target probability over the views of each image, then decide.

    The stock ``SegTTAModel`` takes the sigmoid of what ``postprocess_result`` has already made a
    probability, so that every pixel of a one-channel model ends above 0.5. Here

    - one channel: ``seg_logits`` of the views are probabilities; their mean is the merged
      ``seg_logits`` and is compared with the decode head's ``threshold``;
    - two or more channels: the softmax is averaged; the merged ``seg_logits`` are its logarithm,
      so that their softmax is the averaged probability again, and the largest channel wins.

    One view therefore gives the plain prediction. The host turns flipped views back and resizes
    all views to ``ori_shape`` before they arrive here. Use it as
    ``tta_model = dict(type='IRSTDTTAModel')`` with ``tools/test.py --tta``.

    Args:
        module (dict | nn.Module): The segmentor; ``tools/test.py`` fills it in.
        data_preprocessor (dict, optional): See :class:`mmengine.model.BaseTTAModel`.
            Defaults to None.
    """

    def merge_preds(self, data_samples_list: list[SampleList]) -> SampleList:
        """Merge the predictions of all views of each image.

        Args:
            data_samples_list (List[SampleList]): For each image the samples of its views, each
                with ``seg_logits`` (C, H, W) of the image's original size.

        Returns:
            SampleList: One sample per image: the first view that is not flipped (else the first),
            with its metainfo and truth and the merged ``seg_logits`` (C, H, W) and
            ``pred_sem_seg`` (1, H, W).

        Raises:
            ValueError: The views of an image differ in size.
        """
        return [self._merge_views(views) for views in data_samples_list]

    def _merge_views(self, views: SampleList) -> SegDataSample:
        merged = next((view for view in views if not view.metainfo.get('flip')), views[0])
        scores = [view.seg_logits.data for view in views]
        shapes = {tuple(score.shape) for score in scores}
        if len(shapes) > 1:
            raise ValueError(
                f'{merged.metainfo.get("img_path")}: the views have the shapes {sorted(shapes)}; '
                'all must be resized to ori_shape, and only flips may turn them'
            )
        if scores[0].shape[0] == 1:
            logits = torch.stack(scores).mean(dim=0)
            decision = (logits > self.module.decode_head.threshold).to(logits)
        else:
            logits = torch.stack(scores).log_softmax(dim=1).logsumexp(dim=0)
            logits = logits - torch.log(logits.new_tensor(float(len(scores))))
            decision = logits.argmax(dim=0, keepdim=True)
        merged.set_data(
            {'seg_logits': PixelData(data=logits), 'pred_sem_seg': PixelData(data=decision)}
        )
        return merged
