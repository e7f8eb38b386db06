"""How each format of model is loaded: one file a format.

A loader runs in the model's process, as a file of its own: it needs the standard library, numpy and
pandas, and the library of its format, which the model's environment must have. It has one function,
`load(path, options)`, and returns either an object in scikit-learn's style or a mapping:

- `kind`: what the model is, such as `xgboost.Booster`;
- `features`: the columns that it was trained on, in their order, or None;
- `classes`: None for a regressor, how many classes there are, or the list of them;
- `answer`: a function of a pandas frame; values of shape (rows,) for a regressor, else class
  probabilities of shape (rows, classes), or (rows,) for the second of two classes;
- `fixed`, optional: true where the answers are known for certain rows only.

`options` are `classes`, from mlgate.yml or None, and `timeout` in seconds.
"""
