"""The chart of records by verdict over days, as a picture in the colours of a theme. Pure."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element

from pygal import Config, PluginImportFixer, StackedBar
from pygal.style import Style

from hub.day_counts import Day

# A finder for plugins, of which there are none here, and of a kind that Python warns of at every later import.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, PluginImportFixer)]

Theme = Literal["light", "dark"]
#: What is drawn, from the ground up. What was in step already would dwarf everything else: it is in the table only.
DRAWN = ("created", "updated", "skipped", "failed")
#: The picture brings its style along, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#1f8a53", "#2f6fe0", "#9aa6b6", "#c9302a"),
    "dark": ("#4cc38a", "#6ea2ff", "#76849a", "#ff7b72"),
}
_GROUND: dict[Theme, str] = {"light": "#ffffff", "dark": "#19202b"}
_TEXT: dict[Theme, str] = {"light": "#546175", "dark": "#a4b0c1"}
_LINE: dict[Theme, str] = {"light": "#d9dfe8", "dark": "#313c4c"}
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"


def draw(days: Sequence[Day], theme: Theme, *, narrow: bool = False) -> bytes:
    """An SVG without scripts, made for a wide or a narrow place."""
    size = (390, 300) if narrow else (1080, 270)
    chart = StackedBar(
        Config(js=[]),
        style=_style(theme),
        width=size[0],
        height=size[1],
        margin=8,
        spacing=10,
        show_minor_x_labels=False,
        x_labels_major_every=max(len(days) // (5 if narrow else 15), 1),
        legend_at_bottom=narrow,
        legend_at_bottom_columns=2,
        legend_box_size=12,
        order_min=0,
        min_scale=2,
        max_scale=5,
        value_formatter=lambda value: f"{value:,.0f}",
        truncate_label=-1,
        explicit_size=True,
    )
    chart.x_labels = [f"{day.date:%d %b}" if not narrow else f"{day.date:%d.%m.}" for day in days]
    for name in DRAWN:
        chart.add(name, [day.counts[name] for day in days])
    chart.add_xml_filter(_without_script)
    found: bytes = chart.render()
    return found


def _without_script(root: Element) -> Element:
    """The picture without what would tell a script of the page about it."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "script":
                parent.remove(child)
    return root


def words(days: Sequence[Day]) -> str:
    """What the picture shows, for those who cannot see it."""
    sums = ", ".join(f"{sum(day.counts[name] for day in days):,} {name}" for name in DRAWN)
    return f"Records per day over the last {len(days)} days; in all {sums}. The table below has every figure."


def _style(theme: Theme) -> Style:
    return Style(
        background=_GROUND[theme],
        plot_background=_GROUND[theme],
        foreground=_TEXT[theme],
        foreground_strong=_TEXT[theme],
        foreground_subtle=_LINE[theme],
        guide_stroke_color=_LINE[theme],
        major_guide_stroke_color=_LINE[theme],
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        font_family=_FONT,
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=13,
        colors=_COLOURS[theme],
    )
