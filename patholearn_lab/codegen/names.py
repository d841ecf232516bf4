"""Names of classes, layers and variables, made from what people called things."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping

from patholearn_lab.graph.document import Node

_LONGEST = 30
"""A longer note is a remark, not a name."""

# Attributes of a LightningModule, which a layer must not overwrite, and the names that the cell itself uses.
# A test compares this with the installed lightning.
RESERVED = frozenset(
    """
    add_module all_gather allow_zero_length_dataloader_with_multiple_devices apply automatic_optimization backward
    bfloat16 buffers call_super_init children clip_gradients compile configure_callbacks configure_gradient_clipping
    configure_model configure_optimizers configure_sharded_model cpu cuda current_epoch device device_mesh double dtype
    dump_patches eval example_input_array extra_repr fabric float forward freeze get_buffer get_extra_state
    get_parameter get_submodule global_rank global_step half hparams hparams_initial ipu load_from_checkpoint
    load_state_dict local_rank log log_dict logger loggers lr_scheduler_step lr_schedulers manual_backward modules mtia
    named_buffers named_children named_modules named_parameters on_after_backward on_after_batch_transfer
    on_before_backward on_before_batch_transfer on_before_optimizer_step on_before_zero_grad on_fit_end on_fit_start
    on_gpu on_load_checkpoint on_predict_batch_end on_predict_batch_start on_predict_end on_predict_epoch_end
    on_predict_epoch_start on_predict_model_eval on_predict_start on_save_checkpoint on_test_batch_end
    on_test_batch_start on_test_end on_test_epoch_end on_test_epoch_start on_test_model_eval on_test_model_train
    on_test_start on_train_batch_end on_train_batch_start on_train_end on_train_epoch_end on_train_epoch_start
    on_train_start on_validation_batch_end on_validation_batch_start on_validation_end on_validation_epoch_end
    on_validation_epoch_start on_validation_model_eval on_validation_model_train on_validation_model_zero_grad
    on_validation_start optimizer_step optimizer_zero_grad optimizers parameters predict_dataloader predict_step
    prepare_data prepare_data_per_node print register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook remove_ignored_hparams requires_grad_
    save_hyperparameters set_extra_state set_submodule setup share_memory state_dict strict_loading
    teardown test_dataloader test_step to to_empty to_onnx to_tensorrt to_torchscript toggle_optimizer
    toggled_optimizer train train_dataloader trainer training training_step transfer_batch_to_device type unfreeze
    untoggle_optimizer val_dataloader validation_step xpu zero_grad
    train_metrics valid_metrics test_metrics metrics class_weights x self torch nn torchmetrics model super
    """.split()  # noqa: SIM905  (155 quoted names are harder to read)
)


def class_name(text: str, taken: Container[str] = ()) -> str:
    """Return the name of a class: ``"LeNet-5"`` is ``LeNet5``; ``Network`` where nothing usable is left.

    ``Network`` comes behind a name that is `taken` by another class of the cell.
    """
    words = re.findall(r"[A-Za-z0-9]+", _ascii(text))
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    if name in taken:
        return f"{name}Network"
    if not name:
        return "Network"
    if name[0].isdigit() or name in ("L", "F") or keyword.iskeyword(name) or name.isupper():
        # All capitals would read like a constant of the cell.
        return f"Network{name}"
    return name


def identifier(text: str) -> str:
    """Return `text` in snake_case; empty where nothing usable is left."""
    words = re.findall(r"[A-Za-z0-9]+", _ascii(text))
    name = "_".join(words).lower()
    return f"layer_{name}" if name[:1].isdigit() else name


def is_name(note: str) -> bool:
    """Return whether a note is a name of its node, not a remark about it."""
    return 0 < len(note.strip()) <= _LONGEST and "\n" not in note.strip() and bool(identifier(note))


def names_of(
    nodes: Mapping[str, Node],
    wanted: Iterable[str],
    reserved: frozenset[str] = RESERVED,
    noun: str = "layer",
) -> dict[str, str]:
    """Return a different identifier for each of the `wanted` nodes: from its note where that is a name, else its id.

    One that is `reserved` or a keyword gets `noun` behind it.
    """
    names: dict[str, str] = {}
    taken = set(reserved)
    for node in wanted:
        note = nodes[node].note
        base = (identifier(note) if is_name(note) else identifier(node)) or noun
        if base in reserved or keyword.iskeyword(base) or keyword.issoftkeyword(base):
            base = f"{base}_{noun}"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names[node] = name
    return names


def plain_line(text: str) -> str:
    """Return `text` as one line that may stand in a comment: no control characters, single blanks."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _ascii(text: str) -> str:
    """Return `text` without accents: ``"Übung"`` is ``"Ubung"``."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
