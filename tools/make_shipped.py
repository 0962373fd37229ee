"""Train the models that come with glassnet and write them into src/glassnet/models/shipped.

Run it again when the model file's format changes: python tools/make_shipped.py
"""

from importlib.resources import files
from pathlib import Path

from glassnet.cli.document import scores_document
from glassnet.files.run import run_from_toml
from glassnet.models.load import save
from glassnet.models.run import execute

SHIPPED = Path(__file__).parent.parent / "src" / "glassnet" / "models" / "shipped"
RUN_OF = {"breast-cancer": "breast-cancer-original"}


def main() -> None:
    """Train each model by its run's description, say how good it is, write it readably."""
    SHIPPED.mkdir(exist_ok=True)
    for name, preset in RUN_OF.items():
        description = files("glassnet.models") / "presets" / f"{preset}.toml"
        run = run_from_toml(description.read_text(encoding="utf-8"), preset)
        result = execute(run)
        model = result.estimator
        model.scores_ = scores_document(result)
        save(model, SHIPPED / f"{name}.json", readable=True, run=run)
        print(f"{name}: {result.train.right} of {result.train.samples}, t = {model.threshold_:.4f}")


if __name__ == "__main__":
    main()
