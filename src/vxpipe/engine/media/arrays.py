"""What the arrays are called that pure parts hand one another: by what their values are. Pure."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
"""Places: of frames among samples, of packets in a file."""
Values = NDArray[np.float64]
