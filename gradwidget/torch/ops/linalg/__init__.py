"""Linear algebra: inverses, solutions, determinants and factors of batches of matrices, by NumPy's LAPACK.

Derivatives: Giles, "An extended collection of matrix derivative results" (2008); of eigenvectors and singular vectors also
Walter & Lehmann (2010) and Wan & Zhang (2019) for complex ones; of Cholesky Murray (2016).
"""

from __future__ import annotations
