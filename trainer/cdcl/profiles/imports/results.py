"""Names of columns that say what was found or decided, or what a molecule is: they measure no cell."""

from __future__ import annotations

import re

from cdcl.profiles.imports.places_and_times import plain_name

_RESULTS = re.compile(
    r"(p|q)_?(vals?|values?)|p_?adj|adj_?p(_?val|_?value)?|fdr|z_?prime|"
    r"pred(ict(ed|ion)?)?(_?(class|label|proba|probability|score|id))?|proba(bility)?|confidence|posterior|"
    r"(leiden|louvain|k_?means|hdbscan|dbscan|phenograph|gmm|archetype|phenotype|class|annotation)(_?(id|no|number|label|cluster))?|"
    r"(is|has|was)_\w+|(qc|quality)_?(flag|pass|passed|fail|failed|status)?|(pass|passed|fail|failed)(_(pass|fail|qc))?|"
    r"(include|included|exclude|excluded|keep|kept|drop|dropped|flag|flagged|outlier|use|used|valid|selected|active|hit)|"
    r"p?[ei]c_?50(_\w+)?|gi_?50|ld_?50|"
    r"(mol(ecular)?_?(weight|wt|mass)|mw|[xc]?_?log_?p|tpsa|hbd|hba|pubchem_?cid|cid|entrez(_gene)?(_id)?|gene_id|taxon(_id)?)|"
    r"(operator|user|person|experimenter|technician|instrument|microscope|lot|vial|tray|stack|deck)(_?(id|no|number|nr))?|"
    r"(num|number_of|n)_(sites|fields|wells|images|replicates)|(sites?|fields?|wells?|images?|replicates?)_?counts?|"
    r"temp(erature)?(_?(c|k|celsius))?|humidity|co_?2",
    re.IGNORECASE,
)


def is_result(name: str) -> bool:
    """Tell whether a heading is that of a result, a decision, a person or a molecule.

    >>> [is_result(name) for name in ("p_value", "QC_pass", "leiden", "IC50", "MolWeight", "Cells_Intensity_Mean")]
    [True, True, True, True, True, False]
    """
    return _RESULTS.fullmatch(plain_name(name)) is not None
