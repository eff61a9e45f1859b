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


def resnet20():
    layers, channels = [ConvBatchNorm(3, 16, 3, 1), nn.ReLU()], 16
    for outs in (16, 32, 64):
        for _ in range(3):
            layers.append(BasicBlock(channels, outs, 1 if channels == outs else 2))
            channels = outs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


NETWORKS = {"mlp": mlp, "resnet20": resnet20}


def optimizer(case, parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


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
    arrays = {name: torch.from_numpy(array) for name, array in numpy.load(file).items()}
    inputs, labels = arrays.pop("inputs"), arrays.pop("labels")
    network = NETWORKS[case]()
    missing = network.load_state_dict(arrays, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing), missing
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
