"""Archives, grouped on Spark: years of copy by the rules of the live service, day by day and on many machines at once.

The road: `copies` reads what there is; `replay` groups each day with the live pass, a first time for what `history` counts and
a second time by it; `placement` says where each copy went and `stitching` joins the days; `results` writes documents, `loading`
takes them into a store. `run` calls them in this order; each keeps what it made as Parquet and is not repeated.
"""
