"""Trains a case of `dyadic bench train` in PyTorch: CASE FILE THREADS, then commands on standard input, one answer each.

step N   N steps; answers their milliseconds and the loss before the first
memory   the most bytes that this process held
Modules have the names that Dyadic gives them, so that one file holds the weights of both.
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class ConvBatchNorm(nn.Module):
    def __init__(self, ins, outs, kernel, stride):
        super().__init__()
        self.conv = nn.Conv2d(ins, outs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outs)

    def forward(self, x):
        return self.norm(self.conv(x))


class BasicBlock(nn.Module):
    def __init__(self, ins, outs, stride):
        super().__init__()
        self.conv1 = ConvBatchNorm(ins, outs, 3, stride)
        self.conv2 = ConvBatchNorm(outs, outs, 3, 1)
        if stride != 1 or ins != outs:
            self.shortcut = ConvBatchNorm(ins, outs, 1, stride)

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + (self.shortcut(x) if hasattr(self, "shortcut") else x))


def mlp():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = ConvBatchNorm(3, 16, 3, 1)
        self.stage1 = self.stage(16, 16, 1)
        self.stage2 = self.stage(16, 32, 2)
        self.stage3 = self.stage(32, 64, 2)
        self.head = nn.Linear(64, 10)

    @staticmethod
    def stage(ins, outs, stride):
        return nn.Sequential(BasicBlock(ins, outs, stride), BasicBlock(outs, outs, 1), BasicBlock(outs, outs, 1))

    def forward(self, x):
        x = self.stage3(self.stage2(self.stage1(F.relu(self.stem(x)))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4)
        self.head = nn.Linear(256, 10)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))

    @staticmethod
    def rename(arrays):
        """torch keeps the projections of queries, keys and values in one matrix."""
        renamed = {}
        for name, array in arrays.items():
            kind, *rest = name.split(".")
            path = ".".join(rest).replace("attention.out.", "self_attn.out_proj.")
            if kind != "0":
                renamed["head." + path] = array
            elif ".attention.query." in name:
                parts = [arrays[name.replace("query", part)] for part in ("query", "key", "value")]
                renamed["encoder.layers." + path.replace("attention.query.", "self_attn.in_proj_")] = torch.cat(parts)
            elif ".attention.key." not in name and ".attention.value." not in name:
                renamed["encoder.layers." + path] = array
        return renamed


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 128, 2, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])

    @staticmethod
    def rename(arrays):
        return {name.replace("0.", "lstm.", 1) if name.startswith("0.") else name.replace("2.", "head.", 1): array for name, array in arrays.items()}


NETWORKS = {"mlp": mlp, "resnet20": ResNet20, "encoder": Encoder, "lstm": Lstm}


def optimizer(case, parameters):
    if case in ("mlp", "resnet20"):
        return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
    return torch.optim.Adam(parameters, lr=1e-3)


def blas():
    """The file of the library that multiplies matrices, which decides how fast linear layers are."""
    torch.mm(torch.ones(8, 8), torch.ones(8, 8))
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line or "mkl_" in line}
    return " ".join(sorted(files)) or "unknown"


def main():
    if sys.argv[1] == "version":
        print(torch.__version__, blas() if sys.platform == "linux" else "")
        return
    import numpy
    case, file, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    arrays = {name: torch.from_numpy(array) for name, array in numpy.load(file).items() if not name.endswith(".calls")}  # of dropout
    inputs, labels = arrays.pop("inputs"), arrays.pop("labels")
    network = NETWORKS[case]()
    if hasattr(network, "rename"):
        arrays = network.rename(arrays)
    missing, unexpected = network.load_state_dict(arrays, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    update = optimizer(case, network.parameters())
    for line in sys.stdin:
        command = line.split()
        if command[0] == "step":
            first, start = None, time.perf_counter()
            for _ in range(int(command[1])):
                update.zero_grad(set_to_none=True)
                loss = F.cross_entropy(network(inputs), labels)
                loss.backward()
                update.step()
                first = loss if first is None else first
            print((time.perf_counter() - start) * 1000, first.item(), flush=True)
        elif command[0] == "memory":
            with open("/proc/self/status") as status:
                print(next(int(s.split()[1]) * 1024 for s in status if s.startswith("VmHWM")), flush=True)
        else:
            print("ready", flush=True)


main()
