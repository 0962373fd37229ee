"""What a run's description stands for: its data, and its untrained estimator."""

from dataclasses import replace
from typing import Any

from glassnet.data.catalog import load_dataset
from glassnet.data.checks import find_nonfinite
from glassnet.data.crop import crop_images
from glassnet.data.dataset import Dataset
from glassnet.data.readers import read_data
from glassnet.data.unpacking import MAX_SIZE
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.run import Run
from glassnet.models.classifier import Classifier
from glassnet.models.regressor import Regressor

Estimator = Classifier | Regressor

HELD_OUT = 0.2  # the share for the test where nothing is said and the set has no part of its own


def load_run_data(run: Run, max_size: int = MAX_SIZE) -> tuple[Dataset, Dataset | None]:
    """The training data and, where the run holds some out, the test data."""
    source = run.data
    if source.name is not None:
        data = load_dataset(source.name, **dict(source.options or {}))
        if source.target is not None:
            raise InputError(
                f"the data set '{source.name}' has its target; leave out target '{source.target}'"
            )
    elif source.path is not None:
        data = read_data(
            source.path,
            source.target,
            task=_task(run),
            categorical=tuple(source.categorical or ()),
            max_size=max_size,
        )
    else:
        raise InputError("the run names no data: give [data] a name or a path")
    _check(data)
    train, test = _divide(data, run)
    if source.crop is not None:
        train = crop_images(train, source.crop)
        test = None if test is None else crop_images(test, source.crop)
    if source.first_train is not None:
        train = train.rows(slice(0, source.first_train))
    if source.first_test is not None and test is not None:
        test = test.rows(slice(0, source.first_test))
    return train, test


def make_estimator(run: Run, data: Dataset) -> Estimator:
    """The untrained estimator that the run describes."""
    settings = estimator_settings(run)
    kind = run.model.kind
    if kind == "auto":
        kind = "classifier" if data.task == "classification" else "regressor"
    if kind == "classifier":
        if isinstance(run.model.class_weight, dict):
            settings["class_weight"] = _by_label(run.model.class_weight, data)
        return Classifier(**settings, random_state=run.seed)
    for name in ("threshold", "cost", "class_weight"):
        if settings.pop(name, None) not in (None, 0.5):
            raise InputError(f"{name} is about classes, but '{data.target_name}' holds numbers")
    return Regressor(**settings, random_state=run.seed)


def estimator_settings(run: Run) -> dict[str, Any]:
    """The parameters of `Classifier` that the run sets; what it leaves open stays "auto"."""
    model, training = run.model, run.training
    settings: dict[str, Any] = {
        name: getattr(model, name)
        for name in ("scaling", "threshold", "cost", "class_weight", "dtype")
    }
    settings["layers"] = _layers(model.layers)
    settings["categorical"] = run.data.categorical or None
    if model.activation is not None:
        several = isinstance(model.activation, list)
        names = model.activation if isinstance(model.activation, list) else [model.activation]
        built = [registry.build_activation(name) for name in names]
        settings["activation"] = built if several else built[0]
    if model.dropout is not None:
        settings["dropout"] = model.dropout
    if model.loss is not None:
        settings["loss"] = registry.build_loss(model.loss)
    if training.optimizer != "auto":
        settings["optimizer"] = registry.build_optimizer(training.optimizer)
    rate = training.learning_rate
    settings["learning_rate"] = registry.build_schedule(rate) if isinstance(rate, dict) else rate
    if training.weight_decay is not None:
        settings["weight_decay"] = training.weight_decay
    for name in ("batch_size", "epochs", "l1", "l2", "clip_norm", "max_norm", "early_stopping"):
        settings[name] = getattr(training, name)
    return settings


def _layers(choice: Any) -> Any:
    if not isinstance(choice, str) and any(isinstance(layer, dict) for layer in choice):
        return [registry.build_layer(table) for table in choice]
    return choice if isinstance(choice, str) else tuple(choice)


def _by_label(weights: dict[str, float], data: Dataset) -> dict[Any, float]:
    """Class weights by label; a description names labels as text, also where they are numbers."""
    labels = [] if data.classes is None else data.classes.tolist()
    names = {str(label): label for label in labels}
    unknown = [name for name in weights if name not in names]
    if unknown:
        raise InputError(
            f"class_weight names the class '{unknown[0]}'; '{data.name}' has {', '.join(names)}"
        )
    return {names[name]: weight for name, weight in weights.items()}


def _check(data: Dataset) -> None:
    """What would only be noticed in the middle of the work; missing values are imputed."""
    infinite = [column for column in find_nonfinite(data.X, data.feature_names) if column.infinite]
    if infinite:
        raise InputError(f"'{data.name}' {infinite[0]}; correct or remove what is infinite")
    if data.classes is not None and len(data.classes) > len(data) / 2 and len(data) > 2:
        raise InputError(
            f"'{data.name}' has {len(data)} samples of {len(data.classes)} classes in "
            f"'{data.target_name}', too few to learn from and to test on; is it the right target? "
            "For numbers say kind = 'regressor'"
        )


def _task(run: Run) -> str | None:
    return {"classifier": "classification", "regressor": "regression"}.get(run.model.kind)


def _divide(data: Dataset, run: Run) -> tuple[Dataset, Dataset | None]:
    test = run.data.test
    if test is None:
        test = HELD_OUT if data.test is None else "official"
    if test == "official":
        if data.test is None:
            raise InputError(
                f"'{data.name}' has no official test part; give a share to hold out, such as "
                "--test 0.2"
            )
        return replace(data, test=None), data.test
    if test == 0:
        return replace(data, test=None), None
    return data.split(test=int(test) if test >= 1 else test, seed=run.seed)
