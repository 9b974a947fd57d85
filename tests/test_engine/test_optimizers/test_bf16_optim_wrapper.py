import torch
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

from mdp_plugin.engine.optimizers import Bf16OptimWrapper


def build(model):
    return OPTIM_WRAPPERS.build(
        dict(type='Bf16OptimWrapper', optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
    )


def test_forward_computes_in_bfloat16_and_weights_stay_float32():
    model = nn.Linear(4, 2)
    wrapper = build(model)
    assert isinstance(wrapper, Bf16OptimWrapper)
    with wrapper.optim_context(model):
        output = model(torch.ones(1, 4))
    assert output.dtype is torch.bfloat16
    wrapper.backward(output.float().sum())
    assert model.weight.dtype is model.weight.grad.dtype is torch.float32
    assert model(torch.ones(1, 4)).dtype is torch.float32


def test_a_step_equals_the_one_in_float32_where_bfloat16_is_exact():
    model = nn.Linear(2, 1, bias=False)
    nn.init.constant_(model.weight, 0.5)
    wrapper = build(model)
    with wrapper.optim_context(model):
        loss = model(torch.tensor([[1.0, 2.0]])).sum()
    assert loss.item() == 1.5
    wrapper.update_params(loss)
    torch.testing.assert_close(model.weight.data, torch.tensor([[0.4, 0.3]]))


def test_gradients_accumulate_as_in_the_host():
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='Bf16OptimWrapper',
            accumulative_counts=2,
            optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
        )
    )
    wrapper.initialize_count_status(model, 0, 2)
    for _ in range(2):
        with wrapper.optim_context(model):
            loss = model(torch.tensor([[1.0, 2.0]])).sum()
        wrapper.update_params(loss)
    torch.testing.assert_close(model.weight.data, torch.tensor([[-1.0, -2.0]]))
