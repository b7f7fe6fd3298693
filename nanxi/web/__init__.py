"""The shell of every page: templates, own styles and modules, menu, maps and bars drawn as SVG, translations. Knows no room."""
