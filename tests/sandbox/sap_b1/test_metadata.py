"""The types we declare are a true part of the published metadata: names, types, keys, enumerations."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from hub.sandbox.sap_b1.catalogue import TYPES
from hub.sandbox.sap_b1.company import ENTITY_SETS
from hub.sandbox.sap_b1.enums import ENUMS
from hub.sandbox.sap_b1.presenting import VERSIONED
from hub.sandbox.sap_b1.schema import declare

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(scope="module")
def schema(reference: Path) -> ET.Element:
    root = ET.parse(reference / "reference" / "sap-b1-metadata.xml").getroot()
    found = root.find(f".//{EDM}Schema")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def published(schema: ET.Element) -> dict[str, ET.Element]:
    return {
        one.attrib["Name"]: one
        for kind in ("EntityType", "ComplexType", "EnumType")
        for one in schema.findall(EDM + kind)
    }


@pytest.mark.parametrize("name", TYPES)
def test_every_declared_property_is_published_with_the_same_type(name: str, published: dict[str, ET.Element]) -> None:
    theirs = {one.attrib["Name"]: one.attrib["Type"] for one in published[name].findall(EDM + "Property")}
    ours = {one.name: one.edm_type for one in TYPES[name].properties.values()}
    assert ours
    assert {path: kind for path, kind in ours.items() if theirs.get(path) != kind} == {}


@pytest.mark.parametrize("entity_set", ENTITY_SETS)
def test_every_entity_set_is_published_with_its_type_and_key(
    entity_set: str, schema: ET.Element, published: dict[str, ET.Element]
) -> None:
    theirs = {one.attrib["Name"]: one.attrib["EntityType"] for one in schema.findall(f".//{EDM}EntitySet")}
    assert theirs[entity_set] == f"SAPB1.{ENTITY_SETS[entity_set]}"
    key = [one.attrib["Name"] for one in published[ENTITY_SETS[entity_set]].findall(f"{EDM}Key/{EDM}PropertyRef")]
    assert sorted(TYPES[ENTITY_SETS[entity_set]].key) == sorted(key)


@pytest.mark.parametrize("name", ENUMS)
def test_every_enumeration_member_is_published(name: str, published: dict[str, ET.Element]) -> None:
    theirs = {one.attrib["Name"] for one in published[name].findall(EDM + "Member")}
    assert set(ENUMS[name]) <= theirs


@pytest.mark.parametrize("entity_set", ENTITY_SETS)
def test_tags_are_given_exactly_where_the_metadata_says_so(entity_set: str, schema: ET.Element) -> None:
    one = next(one for one in schema.findall(f".//{EDM}EntitySet") if one.attrib["Name"] == entity_set)
    terms = [annotation.attrib["Term"] for annotation in one.findall(EDM + "Annotation")]
    assert ("Org.OData.Core.V1.OptimisticConcurrency" in terms) == (ENTITY_SETS[entity_set] in VERSIONED)


@pytest.mark.parametrize(
    "service",
    [
        "CompanyService_GetCompanyInfo",
        "CompanyService_GetAdminInfo",
        "CompanyService_GetFinancePeriods",
        "OrdersService_Preview",
        "SeriesService_GetDocumentSeries",
        "SBOBobService_GetLocalCurrency",
        "SBOBobService_GetCurrencyRate",
        "SBOBobService_SetCurrencyRate",
    ],
)
def test_every_service_is_published(service: str, schema: ET.Element) -> None:
    imports = {one.attrib["Name"] for kind in ("Action", "Function") for one in schema.findall(f".//{EDM}{kind}Import")}
    assert service in imports


def test_a_declaration_with_a_slip_is_refused() -> None:
    with pytest.raises(ValueError, match="not a declaration"):
        declare("Thing", "Code", "Code S(8; Name S")
    with pytest.raises(ValueError, match="the key names"):
        declare("Thing", "Number", "Code S")
