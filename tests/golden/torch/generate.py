#!/usr/bin/env python3
"""Writes the golden values of this folder with PyTorch 1.13 in float64: python3 tests/golden/torch/generate.py

Each file is a list of cases: op, attributes, inputs, outputs, weights dy of the outputs, and the gradients of sum(y * dy).
Inputs are multiples of 1/64, so that float32 holds them exactly. An attribute or input means what its name says in ONNX.
"""
import json
import math
import os
import random

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = random.Random(20240229)


def numbers(*shape, low=-2.0, high=2.0):
    count = math.prod(shape)
    values = [round(RANDOM.uniform(low, high) * 64) / 64 for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def distinct(*shape):
    """No two values are equal: maxima are unique."""
    order = list(range(math.prod(shape)))
    RANDOM.shuffle(order)
    return (torch.tensor(order, dtype=torch.float64) / 16 - 3).reshape(shape)


def away(*shape):
    """At least 1/8 away from 0."""
    x = numbers(*shape)
    return torch.where(x.abs() < 0.125, x + 0.5, x)


def packed(tensor):
    flat = tensor.detach().reshape(-1).tolist()
    if not tensor.is_floating_point():
        return {"shape": list(tensor.shape), "int": flat}
    return {"shape": list(tensor.shape), "v": [float(f"{value:.9g}") for value in flat]}


class Family:
    def __init__(self, name):
        self.name, self.cases = name, []

    def case(self, op, function, inputs, differentiable=None, label="", **attributes):
        """Runs function(**inputs); differentiable lists the inputs with gradients, by default all floating-point ones."""
        if differentiable is None:
            differentiable = [name for name, value in inputs.items() if value.is_floating_point()]
        leaves = {name: value.clone().requires_grad_(name in differentiable) for name, value in inputs.items()}
        y = function(**leaves)
        record = {"op": op, "label": label, "attributes": attributes, "inputs": {k: packed(v) for k, v in inputs.items()}, "y": packed(y)}
        if differentiable:
            dy = numbers(*y.shape)
            y.backward(dy)
            record["dy"] = packed(dy)
            record["gradients"] = {name: packed(leaves[name].grad) for name in differentiable}
        self.cases.append(record)

    def save(self):
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
        with open(os.path.join(HERE, self.name + ".json"), "w", encoding="utf-8") as file:
            file.write("[\n" + lines + "\n]\n")


def elementwise():
    family = Family("elementwise")
    unary = {
        "exp": torch.exp, "neg": torch.neg, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "erf": torch.erf,
        "gelu": F.gelu, "relu": F.relu, "abs": torch.abs, "softplus": F.softplus,
    }
    for op, function in unary.items():
        family.case(op, function, {"input": away(3, 5) * 2})
    family.case("gelu_tanh", lambda input: F.gelu(input, approximate="tanh"), {"input": numbers(3, 5)})
    family.case("leaky_relu", lambda input: F.leaky_relu(input, 0.125), {"input": away(3, 5)}, slope=0.125)
    family.case("clip", lambda input: torch.clamp(input, -0.51, 1.01), {"input": numbers(3, 5)}, low=-0.51, high=1.01)
    for op, function in {"log": torch.log, "sqrt": torch.sqrt}.items():
        family.case(op, function, {"input": numbers(3, 5, low=0.25, high=4)})
    family.case("pow", torch.pow, {"input": numbers(2, 4, low=0.25, high=3), "exponent": numbers(4)})
    for op, function in {"add": torch.add, "sub": torch.sub, "mul": torch.mul}.items():
        family.case(op, function, {"input": numbers(2, 3, 4), "other": numbers(3, 1)}, label="broadcast")
    family.case("div", torch.div, {"input": numbers(3, 4), "other": away(2, 1, 4)}, label="broadcast")
    condition = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0]], dtype=torch.int32)
    family.case("where", lambda condition, x, y: torch.where(condition.bool(), x, y), {"condition": condition, "x": numbers(2, 4), "y": numbers(4)})
    family.save()


def contractions():
    family = Family("contractions")
    for a, b in [((3, 4), (4, 5)), ((4,), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((2, 3, 4), (4, 2)), ((2, 1, 3, 4), (3, 4, 2))]:
        family.case("matmul", torch.matmul, {"input": numbers(*a), "other": numbers(*b)}, label=f"{list(a)} {list(b)}")
    family.case("linear", F.linear, {"input": numbers(2, 3, 4), "weight": numbers(5, 4), "bias": numbers(5)})

    def conv(label, x, w, bias=True, stride=(1, 1), pads=(0, 0, 0, 0), dilation=(1, 1), groups=1):
        rank = len(x) - 2
        inputs = {"x": numbers(*x), "w": numbers(*w)}
        if bias:
            inputs["bias"] = numbers(w[0])

        def function(x, w, bias=None):
            padded = F.pad(x, [pads[j] for i in reversed(range(rank)) for j in (i, i + rank)])
            return (F.conv1d if rank == 1 else F.conv2d)(padded, w, bias, stride, 0, dilation, groups)

        family.case("conv", function, inputs, label=label, strides=stride, pads=pads, dilations=dilation, groups=groups)

    conv("plain", (2, 2, 5, 4), (3, 2, 3, 2))
    conv("same", (1, 3, 5, 5), (2, 3, 3, 3), pads=(1, 1, 1, 1))
    conv("stride 2, no bias", (1, 2, 7, 6), (2, 2, 3, 3), bias=False, stride=(2, 2), pads=(1, 1, 1, 1))
    conv("asymmetric", (1, 2, 7, 6), (2, 2, 3, 2), stride=(3, 2), pads=(0, 2, 1, 0), dilation=(1, 2))
    conv("dilated", (1, 1, 6, 6), (2, 1, 3, 3), pads=(2, 2, 2, 2), dilation=(2, 2))
    conv("groups", (1, 4, 4, 4), (6, 2, 3, 3), pads=(1, 1, 1, 1), groups=2)
    conv("depthwise", (2, 4, 5, 5), (4, 1, 3, 3), stride=(2, 2), pads=(1, 1, 1, 1), groups=4)
    conv("pointwise", (2, 5, 3, 3), (4, 5, 1, 1))
    conv("1-D", (2, 3, 9), (4, 3, 3), stride=(2,), pads=(1, 0), dilation=(2,))
    conv("1-D groups", (1, 4, 6), (4, 2, 2), stride=(1,), pads=(0, 1), dilation=(1,), groups=2)

    def transpose(label, x, w, bias=True, stride=(1, 1), pad=(0, 0), extra=(0, 0), dilation=(1, 1), groups=1):
        rank = len(x) - 2
        inputs = {"x": numbers(*x), "w": numbers(*w)}
        if bias:
            inputs["bias"] = numbers(w[1] * groups)

        def function(x, w, bias=None):
            return (F.conv_transpose1d if rank == 1 else F.conv_transpose2d)(x, w, bias, stride, pad, extra, groups, dilation)

        family.case("conv_transpose", function, inputs, label=label, strides=stride, pads=pad + pad, dilations=dilation, output_padding=extra, groups=groups)

    transpose("plain", (2, 2, 3, 4), (2, 3, 2, 3))
    transpose("stride 2, output padding", (1, 2, 3, 3), (2, 2, 3, 3), stride=(2, 2), pad=(1, 1), extra=(1, 1))
    transpose("groups, dilated, no bias", (1, 4, 3, 3), (4, 1, 3, 2), bias=False, stride=(3, 2), pad=(1, 0), extra=(2, 0), dilation=(2, 1), groups=2)
    transpose("1-D", (2, 2, 4), (2, 2, 3), stride=(2,), pad=(1,), extra=(1,), dilation=(1,))
    family.save()


def pooling():
    family = Family("pooling")
    for label, shape, kernel, stride, pad, dilation, ceil in [
        ("2x2", (2, 2, 4, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
        ("padded", (1, 2, 7, 6), (3, 3), (2, 2), (1, 1), (1, 1), False),
        ("ceil", (1, 2, 6, 6), (3, 3), (2, 2), (0, 0), (1, 1), True),
        ("ceil, padded", (1, 2, 6, 5), (3, 2), (2, 3), (1, 1), (1, 1), True),
        ("dilated", (1, 1, 7, 7), (3, 2), (1, 2), (0, 1), (2, 3), False),
    ]:
        family.case("max_pool", lambda x: F.max_pool2d(x, kernel, stride, pad, dilation, ceil), {"x": distinct(*shape)}, label=label,
                    kernel=kernel, strides=stride, pads=pad + pad, dilations=dilation, ceil_mode=ceil)
    family.case("max_pool", lambda x: F.max_pool1d(x, 3, 2, 1), {"x": distinct(2, 3, 8)}, label="1-D",
                kernel=(3,), strides=(2,), pads=(1, 1), dilations=(1,), ceil_mode=False)
    for counted in (False, True):
        for label, shape, kernel, stride, pad, ceil in [
            ("2x2", (2, 2, 4, 6), (2, 2), (2, 2), (0, 0), False),
            ("padded", (1, 2, 7, 6), (3, 3), (2, 2), (1, 1), False),
            ("ceil", (1, 2, 6, 6), (3, 3), (2, 2), (0, 0), True),
            ("ceil, padded", (1, 2, 6, 5), (3, 2), (2, 3), (1, 1), True),
        ]:
            family.case("average_pool", lambda x: F.avg_pool2d(x, kernel, stride, pad, ceil, counted), {"x": numbers(*shape)},
                        label=f"{label}, {'' if counted else 'not '}counted", kernel=kernel, strides=stride, pads=pad + pad, ceil_mode=ceil, count_include_pad=counted)
    family.case("average_pool", lambda x: F.avg_pool1d(x, 3, 2, 1), {"x": numbers(2, 3, 8)}, label="1-D",
                kernel=(3,), strides=(2,), pads=(1, 1), ceil_mode=False, count_include_pad=True)
    family.case("global_average_pool", lambda x: F.adaptive_avg_pool2d(x, 1), {"x": numbers(2, 3, 4, 5)})
    family.save()


def normalization():
    family = Family("normalization")
    for shape in [(6, 3), (3, 2, 5), (2, 3, 3, 4)]:
        c = shape[1]
        vectors = {"scale": numbers(c, low=0.5), "bias": numbers(c)}
        family.case("batch_norm_training", lambda x, scale, bias: F.batch_norm(x, None, None, scale, bias, True, 0.1, 1e-3),
                    {"x": numbers(*shape), **vectors}, label=f"rank {len(shape)}", epsilon=1e-3)
        family.case("batch_norm", lambda x, scale, bias, mean, variance: F.batch_norm(x, mean, variance, scale, bias, False, 0.1, 1e-3),
                    {"x": numbers(*shape), **vectors, "mean": numbers(c), "variance": numbers(c, low=0.5)},
                    differentiable=["x", "scale", "bias"], label=f"rank {len(shape)}", epsilon=1e-3)
    family.case("layer_norm", lambda x, scale, bias: F.layer_norm(x, (5,), scale, bias, 1e-3),
                {"x": numbers(3, 5), "scale": numbers(5), "bias": numbers(5)}, axis=-1, epsilon=1e-3)
    family.case("layer_norm", lambda x, scale, bias: F.layer_norm(x, (3, 4), scale, bias, 1e-5),
                {"x": numbers(2, 3, 4), "scale": numbers(3, 4), "bias": numbers(3, 4)}, label="two axes", axis=1, epsilon=1e-5)
    for axis in (0, 1, -1):
        family.case("softmax", lambda x: F.softmax(x, axis), {"x": numbers(3, 4, 2) * 4}, axis=axis)
        family.case("log_softmax", lambda x: F.log_softmax(x, axis), {"x": numbers(3, 4, 2) * 4}, axis=axis)
    family.save()


def shapes():
    family = Family("shapes")
    x = numbers(2, 3, 4)
    family.case("reduce_sum", lambda x: x.sum((0, 2)), {"x": x}, axes=[0, 2], keep=False)
    family.case("reduce_mean", lambda x: x.mean((1,), keepdim=True), {"x": x}, axes=[1], keep=True)
    family.case("reduce_max", lambda x: x.amax(2), {"x": distinct(2, 3, 4)}, axes=[2], keep=False)
    family.case("reduce_min", lambda x: x.amin((0, 1)), {"x": distinct(2, 3, 4)}, axes=[0, 1], keep=False)
    family.case("transpose", lambda x: x.permute(2, 0, 1), {"x": x}, perm=[2, 0, 1])
    family.case("reshape", lambda x: x.reshape(4, 6), {"x": x}, shape=[4, 6])
    family.case("expand", lambda x: x.expand(3, 2, 4), {"x": numbers(2, 1)}, shape=[3, 2, 4])
    family.case("slice", lambda x: x[:, 1:3, 0:4:2], {"x": x}, starts=[1, 0], ends=[3, 4], axes=[1, 2], steps=[1, 2])
    family.case("concat", lambda a, b: torch.cat((a, b), 1), {"a": numbers(2, 1, 3), "b": numbers(2, 2, 3)}, axis=1)
    pads = [0, 1, 2, 1, 0, 3]
    for mode, name in [("constant", "constant"), ("reflect", "reflect"), ("replicate", "edge")]:
        shape = (1, 3, 5)
        value = {"value": 0.5} if mode == "constant" else {}
        around = [2, 3] if mode != "constant" else [2, 3, 1, 0, 0, 1]
        family.case("pad", lambda x: F.pad(x, around, mode, **value), {"x": numbers(*shape)}, label=name,
                    mode=name, pads=pads if mode == "constant" else [0, 0, 2, 0, 0, 3], value=0.5)
    index = torch.tensor([[0, 2], [1, 0]], dtype=torch.int64)
    family.case("gather", lambda x, index: x[:, index], {"x": x, "index": index}, axis=1)
    family.save()


def losses():
    family = Family("losses")
    labels = torch.tensor([0, 3, 1, 3, 2], dtype=torch.int64)
    for smoothing in (0.0, 0.125):
        family.case("cross_entropy", lambda x, labels: F.cross_entropy(x, labels, label_smoothing=smoothing),
                    {"x": numbers(5, 4) * 3, "labels": labels}, label=f"smoothing {smoothing}", smoothing=smoothing)
    family.case("mse", F.mse_loss, {"input": numbers(3, 4), "target": numbers(3, 4)})
    family.case("bce_with_logits", F.binary_cross_entropy_with_logits, {"input": away(3, 4) * 8, "target": numbers(3, 4, low=0, high=1)}, differentiable=["input"])
    family.save()


def modules():
    """Parameters are inputs under the names that torch.nn gives them; y holds all outputs one after another."""
    family = Family("modules")

    def case(op, module, inputs, label, masks=None, run=None, **attributes):
        module = module.double()
        names = [name for name, _ in module.named_parameters()]
        parameters = {name: numbers(*p.shape, low=-1, high=1) for name, p in module.named_parameters()}

        def function(**given):
            weights = {name: given[name] for name in names}
            data = {name: value for name, value in given.items() if name not in weights}
            arguments, options = run(data) if run else (tuple(data.values()), {})
            if isinstance(module, torch.nn.RNNBase):   # it keeps a list of its weights, which a functional call does not replace
                call = torch.lstm if op == "lstm" else torch.gru
                result = call(*arguments, [weights[name] for name in names], module.bias, module.num_layers, 0.0, True, module.bidirectional, module.batch_first)
            else:
                result = torch.nn.utils.stateless.functional_call(module, weights, arguments, options)
            flat = []

            def collect(value):
                if isinstance(value, torch.Tensor):
                    flat.append(value.reshape(-1))
                elif value is not None:
                    for item in value:
                        collect(item)

            collect(result)
            return torch.cat(flat)

        family.case(op, function, {**inputs, **(masks or {}), **parameters}, differentiable=list(inputs) + names, label=label, **attributes)

    x, memory = numbers(2, 3, 4), numbers(2, 4, 4)
    visible = torch.tensor([[1, 1, 0], [1, 0, 0]], dtype=torch.int32)
    added = numbers(3, 4)

    def attention(**options):
        return torch.nn.MultiheadAttention(4, 2, batch_first=True, **options)

    plain = dict(need_weights=False)
    case("attention", attention(), {"x": x}, "self", heads=2, run=lambda d: ((d["x"], d["x"], d["x"]), plain))
    case("attention", attention(), {"x": x}, "causal", heads=2, causal=True,
         run=lambda d: ((d["x"], d["x"], d["x"]), dict(attn_mask=torch.ones(3, 3, dtype=torch.bool).triu(1), **plain)))
    case("attention", attention(), {"x": x}, "padding", {"visible": visible}, heads=2,
         run=lambda d: ((d["x"], d["x"], d["x"]), dict(key_padding_mask=d["visible"] == 0, **plain)))
    case("attention", attention(bias=False), {"x": x, "memory": memory}, "cross, no bias, added mask", {"added": added}, heads=2,
         run=lambda d: ((d["x"], d["memory"], d["memory"]), dict(attn_mask=d["added"], **plain)))
    case("attention", attention(kdim=3, vdim=5), {"x": x, "memory": numbers(2, 4, 3), "values": numbers(2, 4, 5)}, "cross, other sizes", heads=2,
         run=lambda d: ((d["x"], d["memory"], d["values"]), plain))

    for first, activation in [(False, "relu"), (True, "gelu"), (False, "gelu")]:
        layer = torch.nn.TransformerEncoderLayer(4, 2, 6, 0.0, activation, 1e-5, batch_first=True, norm_first=first)
        options = dict(heads=2, hidden=6, layers=1, pre_norm=first, gelu=activation == "gelu")
        case("encoder_layer", layer, {"x": x}, f"{activation}, {'pre' if first else 'post'}", {"visible": visible},
             run=lambda d: ((d["x"],), dict(src_key_padding_mask=d["visible"] == 0)), **options)
    layer = torch.nn.TransformerEncoderLayer(4, 2, 6, 0.0, "relu", 1e-5, batch_first=True, norm_first=True)
    case("encoder", torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(4)), {"x": numbers(2, 3, 4)}, "2 layers",
         heads=2, hidden=6, layers=2, pre_norm=True, gelu=False)

    for op, kind in [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)]:
        def recurrent(label, shape, layers=1, **options):
            cells = layers * (2 if options.get("bidirectional") else 1)
            states = {name: numbers(cells, shape[0], 4, low=-1, high=1) for name in (("h", "c") if op == "lstm" else ("h",))}

            def run(d):
                return (d["x"], (d["h"], d["c"]) if op == "lstm" else d["h"]), {}

            settings = dict(batch_first=True, bias=True, bidirectional=False) | options
            case(op, kind(shape[-1], 4, layers, **settings), {"x": numbers(*shape), **states}, label, run=run, hidden=4, layers=layers, **settings)

        recurrent("1 layer", (2, 5, 3))
        recurrent("2 layers, both directions", (2, 3, 3), layers=2, bidirectional=True)
        recurrent("no bias", (2, 3, 2), bias=False)
    family.save()


def waves(shape, k, norm):
    """Weight number k in the order of names: 0.3·sin(0.37·i + k), around 1 for the scale of a normalisation."""
    x = 0.3 * torch.sin(0.37 * torch.arange(math.prod(shape), dtype=torch.float64) + k)
    return (x + 1 if norm else x).float().double().reshape(shape)


def pretrained():
    """BERT and ViT written out with functions, over weights with the names and shapes of Hugging Face checkpoints."""
    family = Family("pretrained")
    d, hidden, heads, layers, vocabulary, positions = 8, 12, 2, 2, 11, 6

    def dense(w, name, x):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def norm(w, name, x):
        return F.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], 1e-12)

    def attend(w, base, x, mask):
        n, t, _ = x.shape
        q, k, v = (dense(w, f"{base}.{part}", x).view(n, t, heads, d // heads).transpose(1, 2) for part in ("query", "key", "value"))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // heads) + mask
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, d)

    def linear(name, out, inside):
        return {name + ".weight": (out, inside), name + ".bias": (out,)}

    def norm_shapes(name):
        return {name + ".weight": (d,), name + ".bias": (d,)}

    def filled(shapes):
        return {name: waves(shape, k, len(shape) == 1 and "orm" in name and name.endswith("weight")) for k, (name, shape) in enumerate(sorted(shapes.items()))}

    def record(op, label, shapes, inputs, y):
        family.cases.append({"op": op, "label": label, "attributes": {"weights": {n: list(s) for n, s in sorted(shapes.items())}},
                             "inputs": {k: packed(v) for k, v in inputs.items()}, "y": packed(y)})

    shapes = {"bert.embeddings.word_embeddings.weight": (vocabulary, d), "bert.embeddings.position_embeddings.weight": (positions, d),
              "bert.embeddings.token_type_embeddings.weight": (2, d)} | norm_shapes("bert.embeddings.LayerNorm") | linear("bert.pooler.dense", d, d)
    for i in range(layers):
        base = f"bert.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            shapes |= linear(f"{base}.attention.self.{part}", d, d)
        shapes |= linear(f"{base}.attention.output.dense", d, d) | norm_shapes(f"{base}.attention.output.LayerNorm")
        shapes |= linear(f"{base}.intermediate.dense", hidden, d) | linear(f"{base}.output.dense", d, hidden) | norm_shapes(f"{base}.output.LayerNorm")

    def bert(w, ids, present, types):
        x = w["bert.embeddings.word_embeddings.weight"][ids] + w["bert.embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = norm(w, "bert.embeddings.LayerNorm", x + w["bert.embeddings.token_type_embeddings.weight"][types])
        mask = (1.0 - present[:, None, None, :].double()) * torch.finfo(torch.float32).min
        for i in range(layers):
            base = f"bert.encoder.layer.{i}"
            x = norm(w, f"{base}.attention.output.LayerNorm", x + dense(w, f"{base}.attention.output.dense", attend(w, f"{base}.attention.self", x, mask)))
            x = norm(w, f"{base}.output.LayerNorm", x + dense(w, f"{base}.output.dense", F.gelu(dense(w, f"{base}.intermediate.dense", x))))
        return x

    ids = torch.tensor([[2, 5, 7, 3], [2, 10, 3, 0]])
    present, types = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]), torch.tensor([[0, 0, 1, 1], [0, 0, 0, 0]])
    inputs = {"ids": ids, "present": present, "types": types}
    plain = shapes
    w = filled(plain)
    x = bert(w, ids, present, types)
    record("bert", "encoder and pooler", plain, inputs, torch.cat((x.reshape(-1), torch.tanh(dense(w, "bert.pooler.dense", x[:, 0])).reshape(-1))))
    shapes = plain | linear("classifier", 3, d)
    w = filled(shapes)
    record("bert_classifier", "", shapes, inputs, dense(w, "classifier", torch.tanh(dense(w, "bert.pooler.dense", bert(w, ids, present, types)[:, 0]))))
    shapes = plain | linear("cls.predictions.transform.dense", d, d) | norm_shapes("cls.predictions.transform.LayerNorm") | {"cls.predictions.bias": (vocabulary,)}
    w = filled(shapes)
    x = norm(w, "cls.predictions.transform.LayerNorm", F.gelu(dense(w, "cls.predictions.transform.dense", bert(w, ids, present, types))))
    record("bert_masked", "", shapes, inputs, F.linear(x, w["bert.embeddings.word_embeddings.weight"], w["cls.predictions.bias"]))

    shapes = {"vit.embeddings.cls_token": (1, 1, d), "vit.embeddings.position_embeddings": (1, 5, d),
              "vit.embeddings.patch_embeddings.projection.weight": (d, 3, 2, 2), "vit.embeddings.patch_embeddings.projection.bias": (d,)}
    shapes |= norm_shapes("vit.layernorm") | linear("classifier", 3, d)
    for i in range(layers):
        base = f"vit.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            shapes |= linear(f"{base}.attention.attention.{part}", d, d)
        shapes |= linear(f"{base}.attention.output.dense", d, d) | norm_shapes(f"{base}.layernorm_before") | norm_shapes(f"{base}.layernorm_after")
        shapes |= linear(f"{base}.intermediate.dense", hidden, d) | linear(f"{base}.output.dense", d, hidden)
    w, image = filled(shapes), numbers(2, 3, 4, 4)
    x = F.conv2d(image, w["vit.embeddings.patch_embeddings.projection.weight"], w["vit.embeddings.patch_embeddings.projection.bias"], 2).flatten(2).transpose(1, 2)
    x = torch.cat((w["vit.embeddings.cls_token"].expand(2, -1, -1), x), 1) + w["vit.embeddings.position_embeddings"]
    for i in range(layers):
        base = f"vit.encoder.layer.{i}"
        x = x + dense(w, f"{base}.attention.output.dense", attend(w, f"{base}.attention.attention", norm(w, f"{base}.layernorm_before", x), 0))
        x = x + dense(w, f"{base}.output.dense", F.gelu(dense(w, f"{base}.intermediate.dense", norm(w, f"{base}.layernorm_after", x))))
    record("vit_classifier", "", shapes, {"image": image}, dense(w, "classifier", norm(w, "vit.layernorm", x)[:, 0]))
    family.save()


def optimizers():
    """Minimises ½·Σ a·(p − c)² for 10 steps and records p after each."""
    a, c, start = numbers(5, low=0.25, high=3), numbers(5), numbers(5)
    settings = {
        "sgd": (torch.optim.SGD, dict(lr=0.1)),
        "sgd momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
        "sgd nesterov, weight decay": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
        "adam": (torch.optim.Adam, dict(lr=0.1)),
        "adam weight decay": (torch.optim.Adam, dict(lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
        "adamw": (torch.optim.AdamW, dict(lr=0.1, weight_decay=0.1)),
    }
    schedules = {
        "constant": None,
        "step": lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5),
        "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10, 0.01),
    }
    cases = []
    for name, (kind, options) in settings.items():
        for schedule_name, make in schedules.items():
            if make is not None and name not in ("sgd momentum", "adamw"):
                continue
            p = start.clone().requires_grad_(True)
            optimizer = kind([p], **options)
            schedule = make(optimizer) if make else None
            rates, path = [], []
            for _ in range(10):
                optimizer.zero_grad()
                (0.5 * (a * (p - c) ** 2).sum()).backward()
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                if schedule:
                    schedule.step()
                path.append(packed(p)["v"])
            cases.append({"optimizer": name, "schedule": schedule_name, "options": options, "a": packed(a)["v"], "c": packed(c)["v"],
                          "start": packed(start)["v"], "rates": rates, "path": path})
    with open(os.path.join(HERE, "optimizers.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    for write in (elementwise, contractions, pooling, normalization, shapes, losses, optimizers, modules, pretrained):
        write()
