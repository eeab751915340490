"""Guides lead the encoder by columns of the table: how much, from when on, and with what numbers."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cdcl.config import GuideConfig
from cdcl.config.recipes import check_config, configure, dump_config, load_config
from cdcl.data.batches import Batch
from cdcl.errors import ConfigError
from cdcl.methods import Progress, ScreenInfo, build_method
from cdcl.methods.guides.gradients import forked, scaled
from cdcl.methods.guides.heads import ClassifyHead, ContrastHead, RegressHead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cdcl.config import RunConfig

    Look = Callable[..., tuple[Tensor, dict[str, Tensor]]]

DOUBLE = {"dtype": torch.float64}


@pytest.mark.parametrize("factor", [-0.5, 2.0])
def test_the_scaled_gradient_is_that_of_finite_differences(factor: float) -> None:
    torch.manual_seed(0)
    head = ClassifyHead(4, 8, 3).double()
    truth, features = torch.tensor([0, 1, 2, -1, 1]), torch.randn(5, 4, **DOUBLE)

    def loss(at: Tensor) -> Tensor:
        return head.loss(head(at), truth)

    shown = features.clone().requires_grad_()
    loss(scaled(shown, factor)).backward()  # type: ignore[no-untyped-call]
    step, slopes = 1e-6, torch.zeros_like(features)
    for place in range(features.numel()):
        nudge = torch.zeros(features.numel(), **DOUBLE)
        nudge[place] = step
        up, down = loss(features + nudge.reshape(5, 4)), loss(features - nudge.reshape(5, 4))
        slopes.view(-1)[place] = float((up - down).detach() / (2 * step))
    assert shown.grad is not None
    torch.testing.assert_close(shown.grad, factor * slopes, rtol=1e-6, atol=1e-8)


def test_a_fork_gives_each_guide_its_share_of_the_gradient_of_the_method() -> None:
    torch.manual_seed(0)
    features = torch.randn(6, 4, **DOUBLE, requires_grad=True)
    wanted = [torch.randn(6, 4, **DOUBLE), torch.randn(4, 4, **DOUBLE) * 1e5, torch.randn(4, 4, **DOUBLE) * 1e-5]
    main, shown = forked(features, 4, (0.3, -0.02))
    sum((part * weight).sum() for part, weight in zip((main, *shown), wanted, strict=True)).backward()  # type: ignore[union-attr]
    kept, hidden = (wanted[i] * wanted[0].norm() / wanted[i].norm() for i in (1, 2))
    assert kept.norm() == pytest.approx(float(wanted[0].norm()))
    expected = wanted[0].clone()
    expected[:4] += 0.3 * kept - 0.02 * hidden
    torch.testing.assert_close(features.grad, expected)


def test_a_guide_without_a_gradient_adds_none() -> None:
    features = torch.randn(3, 2, requires_grad=True)
    main, (shown,) = forked(features, 3, (0.5,))
    (main.sum() + 0.0 * shown.sum()).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(features.grad, torch.ones(3, 2))


@pytest.mark.parametrize(("start", "ramp"), [(0.0, 1.0), (0.15, 0.1)])
def test_the_ramp_is_nothing_then_half_then_all(start: float, ramp: float) -> None:
    guide = GuideConfig(column="batch", start=start, ramp=ramp, weight=0.2)
    assert guide.growth(0.0) == 0.0
    assert guide.growth(start) == 0.0
    assert guide.growth(start + ramp / 2) == pytest.approx(0.5)
    assert guide.growth(start + ramp) == pytest.approx(1.0)
    assert guide.growth(1.0) == 1.0
    quarter = (1 / (1 + exp(3)) - 1 / (1 + exp(6))) / (1 - 2 / (1 + exp(6)))
    assert guide.growth(start + ramp / 4) == pytest.approx(quarter)
    assert guide.factor(1.0) == pytest.approx(0.2)


def test_a_guide_without_a_ramp_counts_at_once() -> None:
    assert GuideConfig(column="batch", ramp=0.0).growth(0.0) == 1.0
    assert GuideConfig(column="batch", keep=False, ramp=0.0).factor(0.5) == -0.01


def test_losses_leave_out_what_is_unknown() -> None:
    torch.manual_seed(0)
    classify, regress = ClassifyHead(4, 8, 3), RegressHead(4, 8)
    answers, truth = torch.randn(4, 3), torch.tensor([2, -1, 0, -1])
    torch.testing.assert_close(classify.loss(answers, truth), F.cross_entropy(answers[[0, 2]], truth[[0, 2]]))
    numbers = torch.tensor([1.0, float("nan"), -2.0, float("nan")])
    told = torch.randn(4, 1, requires_grad=True)
    loss = regress.loss(told, numbers)
    torch.testing.assert_close(loss, ((told[0, 0] - 1) ** 2 + (told[2, 0] + 2) ** 2) / 2)
    loss.backward()  # type: ignore[no-untyped-call]
    assert told.grad is not None
    assert told.grad.isfinite().all()
    assert regress.score(numbers.nan_to_num(7.0)[:, None], numbers) == 1.0
    assert regress.score(torch.zeros(4, 1), numbers) == 0.0


def test_a_contrast_is_with_the_means_that_were_seen() -> None:
    torch.manual_seed(0)
    head = ContrastHead(4, 3, GuideConfig(column="x", kind="contrast", hidden=6, temperature=0.5, momentum=0.5))
    answers, truth = F.normalize(torch.randn(5, 6), dim=-1), torch.tensor([0, 0, 2, -1, 0])
    assert head.loss(answers, truth) == 0.0  # nothing was seen yet
    head.move(answers, truth)
    first, last = answers[[0, 1, 4]].mean(0), answers[2]
    torch.testing.assert_close(head.centres[0], first)
    torch.testing.assert_close(head.centres[2], last)
    assert not head.centres[1].any()
    pulls = torch.stack([answers @ F.normalize(first, dim=0), answers @ last], dim=1) / 0.5
    expected = F.cross_entropy(pulls[[0, 1, 2, 4]], torch.tensor([0, 0, 1, 0]))
    torch.testing.assert_close(head.loss(answers, truth), expected)
    torch.testing.assert_close(head.loss(answers, torch.tensor([1, 1, 1, 1, 1])), torch.tensor(0.0))
    for _ in range(3):
        head.move(-answers, truth)
    assert torch.dot(head.centres[0], first) < 0  # half of it is of the last batch


GUIDES: list[dict[str, Any]] = [
    {"column": "treatment", "weight": 0.4, "ramp": 0.0},
    {"column": "batch", "keep": False, "weight": 0.3, "ramp": 0.0},
    {"column": "dose", "kind": "regress", "weight": 0.2, "ramp": 0.0},
    {"column": "gene", "kind": "contrast", "weight": 0.1, "ramp": 0.0, "hidden": 8},
]


SIZES = (4, 2, 0, 3)


def make_batch(which: Sequence[int] = range(4)) -> Batch:
    torch.manual_seed(0)
    rows, domains = torch.arange(4), torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0]])
    views = (torch.randn(8, 2, 16, 16), torch.randn(8, 2, 8, 8))
    dose = torch.tensor([[0.5, float("nan"), -1.0, 0.5], [1.5, 0.0, -0.5, -1.0]])
    truths = (domains * 2, domains, dose, torch.tensor([[0, 1, -1, 2], [1, 1, 0, -1]]))
    return Batch(views, 2, 2, rows, rows.flip(0), domains, torch.tensor([0, 1, 2, 0]), tuple(truths[i] for i in which))


MODEL = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2, "drop_path": 0.0}


@pytest.fixture
def at_the_features(tiny_config: Callable[..., RunConfig]) -> Callable[..., tuple[Tensor, dict[str, Tensor]]]:
    """Give the gradient where the backbone ends, (16, D), in a second step, when the contrast has seen its values."""

    def look(which: Sequence[int], **changes: Any) -> tuple[Tensor, dict[str, Tensor]]:
        guides, batch, seen = [{**GUIDES[i], **changes} for i in which], make_batch(which), []
        config = tiny_config("supervised", model=MODEL, method={"name": "supervised", "dropout": 0.0}, guides=guides)
        torch.manual_seed(3)
        method = build_method(config, ScreenInfo(2, 16, 4, (4, 4), guide_sizes=tuple(SIZES[i] for i in which)))
        method.train()
        method.step(batch, Progress(0, 3))
        method.after_update(batch, Progress(0, 3))
        hook = method.student.backbone.register_forward_hook(lambda _module, _views, out: seen.append(out))  # type: ignore[union-attr]
        outcome = method.step(batch, Progress(1, 3))
        hook.remove()
        for features in seen:
            features.retain_grad()
        outcome.loss.backward()  # type: ignore[no-untyped-call]
        return torch.cat([features.grad for features in seen]), outcome.parts

    return look


@pytest.mark.parametrize("index", range(4))
def test_each_guides_gradient_at_the_features_is_its_share_of_the_methods(index: int, at_the_features: Look) -> None:
    own, _ = at_the_features([])
    guided, parts = at_the_features([index])
    added, weight = guided - own, GUIDES[index]["weight"]
    assert float(added.norm()) == pytest.approx(weight * float(own.norm()), rel=1e-4)
    assert not added[8:].any()  # local views are not shown
    sign = -1.0 if index == 1 else 1.0
    assert float(parts[f"guide_{GUIDES[index]['column']}_weight"]) == pytest.approx(sign * weight)
    straight, _ = at_the_features([index], balance=False, weight=1.0)
    assert float(F.cosine_similarity((straight - own).flatten(), added.flatten(), dim=0)) == pytest.approx(
        1.0, abs=1e-4
    )


def test_several_guides_add_up(at_the_features: Look) -> None:
    own, _ = at_the_features([])
    both, parts = at_the_features([0, 2])
    each = [at_the_features([index])[0] - own for index in (0, 2)]
    # The second head's weights are drawn after the first's: the same shares, another direction.
    assert float((both - own - each[0]).norm()) == pytest.approx(0.2 * float(own.norm()), rel=1e-3)
    assert {"guide_treatment", "guide_treatment_accuracy", "guide_dose", "guide_dose_r2"} <= parts.keys()


def test_what_is_hidden_goes_the_other_way_and_weighs_a_tenth() -> None:
    kept, hidden = GuideConfig(column="batch"), GuideConfig(column="batch", keep=False)
    assert (kept.weight, hidden.weight) == (0.1, 0.01)
    assert kept.factor(0.7) == pytest.approx(-10 * hidden.factor(0.7))
    assert GuideConfig(column="batch", keep=False, weight=0.3).weight == 0.3


def test_guides_survive_toml_and_the_command_line() -> None:
    line = 'guides=[{column="treatment"}, {column="batch", keep=false}, {column="dose", kind="regress", log=true}]'
    config = load_config("cdcl-small", [line])
    assert [(g.column, g.keep, g.kind, g.weight) for g in config.guides] == [
        ("treatment", True, "classify", 0.1),
        ("batch", False, "classify", 0.01),
        ("dose", True, "regress", 0.1),
    ]
    import tomllib

    assert check_config(tomllib.loads(dump_config(config)), where="test") == config
    short = load_config("cdcl-small", ["guides=treatment, hide batch, regress log dose"])
    assert short.guides == config.guides
    assert load_config("cdcl-small", ["guides=contrast my column"]).guides[0].column == "my column"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('guides=[{column="a"}, {column="a", keep=false}]', "the column a has two guides"),
        ('guides=[{name="a"}]', r"unknown setting 'guides\.0\.name'.*column"),
        ('guides=[{column="a", kind="guess"}]', r"guides\.0\.kind = 'guess'.*classify"),
        ('guides=[{column=""}]', r"guides\.0\.column"),
    ],
)
def test_a_guide_that_is_written_wrongly_is_refused(line: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        configure({}, [line], where="test")
