"""Writes the small NumPy files that the tests of Dyadic.Data read. Run with NumPy 1.24 in this folder."""
import numpy as np
from numpy.lib import format as npy

x = np.arange(24).reshape(2, 3, 4)
for code in ("f4", "f8", "f2", "i1", "u1", "i2", "u2", "i4", "i8"):
    np.save(f"counting_{code}.npy", x.astype(code))
np.save("bool.npy", np.array([True, False, True]))
np.save("scalar.npy", np.float32(1.5))
np.save("fortran.npy", np.asfortranarray(x.astype("f4")))
text = np.array([["b", "", "ä"], ["𝄞 clef", "a", "b"]])
np.save("text.npy", text)
np.save("text_fortran.npy", np.asfortranarray(text))
np.save("empty.npy", np.zeros((0, 3), "f4"))
np.save("big_endian.npy", x.astype(">f4"))
np.save("records.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
for version in ((2, 0), (3, 0)):
    with open(f"version_{version[0]}.npy", "wb") as f:
        npy.write_array(f, x.astype("f4"), version=version)
np.savez("stored.npz", images=x.astype("u1"), labels=np.array([7, 9]))
np.savez_compressed("deflated.npz", images=x.astype("f4"), labels=np.array([7, 9]))
