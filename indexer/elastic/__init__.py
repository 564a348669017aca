"""The index in Elasticsearch or OpenSearch: one document per dispatch behind aliases."""

from indexer.elastic.index import ElasticIndex

__all__ = ["ElasticIndex"]
