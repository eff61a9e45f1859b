"""Writes fashion-mnist-sample.npz: the first 2,000 test images of Fashion-MNIST with their labels.

Usage: python3 assets/make-sample.py [FOLDER OF THE IDX FILES]. Needs NumPy.
"""
import gzip
import pathlib
import sys

import numpy as np

COUNT = 2000
root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist")


def read(name, header):
    with gzip.open(root / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)[:COUNT]
labels = read("t10k-labels-idx1-ubyte.gz", 8)[:COUNT]
np.savez_compressed(pathlib.Path(__file__).with_name("fashion-mnist-sample.npz"), images=images, labels=labels)
