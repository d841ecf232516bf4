"""One training: what it is asked, the cell as it stands, the run, and what its errors mean."""
