"""Scope, hooks, logging and checkpoints: what every config of the project shares."""

default_scope = 'mmseg'
# The only place that names the plugin: importing it registers all of its modules.
custom_imports = dict(imports=['mdp_plugin.registration'], allow_failed_imports=False)

# Image sizes vary from batch to batch in testing, so cudnn's search for kernels does not pay.
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    # Becomes gloo by itself on a machine without an accelerator.
    dist_cfg=dict(backend='nccl'),
)
randomness = dict(seed=0)

# Two checkpoints are kept because the host deletes the oldest before it writes the newest:
# whatever is interrupted, one readable file remains to resume from.
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='RankZeroLoggerHook', interval=10, log_metric_by_epoch=True),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='WholeCheckpointHook',
        by_epoch=True,
        interval=1,
        save_best='irstd/nIoU',
        # Another figure of the metric is better when it is higher, or lower: each is in one list.
        greater_keys=('iou', 'precision', 'recall', 'f1', 'pd', 'auc', 'ap', 'num_detected'),
        less_keys=('fa', 'fppi', 'num_false', 'loss'),
        max_keep_ckpts=2,
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='SegVisualizationHook'),
    epoch_seed=dict(type='EpochSeedHook'),
    work_dir_lock=dict(type='WorkDirLockHook'),
    resume_fallback=dict(type='ResumeFallbackHook'),
    distillation=dict(type='DistillationHook'),
    run_check=dict(type='RunCheckHook'),
)
# Used in distributed training only; takes models on the CPU, too.
model_wrapper_cfg = dict(type='DeviceAwareDDP', broadcast_buffers=False)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='IRSTDVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=True)
log_level = 'INFO'
load_from = None
resume = False

# What `tools/test.py --tta` wraps around the model.
tta_model = dict(type='IRSTDTTAModel')
