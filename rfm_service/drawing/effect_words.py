"""Whether contacting helped, for the morning page and the tables: sentences by campaign."""

from __future__ import annotations

from rfm_service.analysis.outreach.effect_sentences import effect_sentences
from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts
from rfm_service.texts.plain import plain

MOST_TOLD = 2


def effect_notes(findings: Findings, texts: Texts) -> list[str]:
    """The newest campaign and, where there are several, all of a year together; else why nothing is told."""
    listed = findings.worklist
    rows = listed.effects.frame
    told = effect_sentences(listed.effects, texts)
    whole = [f"{campaign_name(campaign, texts)}: {sentence}" for campaign, segment, sentence in zip(
        rows["campaign"], rows["segment"], told, strict=True) if not segment]
    chosen = whole[:1] + whole[1:][-1:] if len(whole) > MOST_TOLD else whole
    return [plain(line) for line in chosen] or without_effects(findings, texts)


def without_effects(findings: Findings, texts: Texts) -> list[str]:
    """Why nothing is told yet of what contacts bring."""
    listed = findings.worklist
    if not listed.holdout.share:
        return [texts("What contacting brings is not measured: nobody is held back from the lists for comparison "
                      "(holdout.percent in the settings).")]
    return [texts("{share} of the customers are held back for comparison; the first figures come {days} after the "
                  "first list.", share=texts.percent(float(listed.holdout.share)),
                  days=texts.plural("{count} day", "{count} days", listed.holdout.effect_days))]


def campaign_name(campaign: str, texts: Texts) -> str:
    """A campaign as people call it; '' is all campaigns of a year."""
    return campaign or texts("All campaigns of a year")


def verdict_labels(texts: Texts) -> dict[str, str]:
    """Verdict on a campaign -> in a word or two."""
    return {"helps": texts("helps"), "harms": texts("does harm"), "no_difference_seen": texts("no difference is sure"),
            "too_few": texts("too few to tell")}
