"""The machines that run, drawn: as Mermaid, for Graphviz, and as SVG."""
