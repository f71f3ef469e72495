"""'Was this right?', as a person meets it."""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint, make_client
from chalicelib.feedback import FeedbackTable
from chalicelib.web import Web
from tests.support.browser.steps import FAILED_LOAD
from tests.support.fake_dynamodb import FakeDynamoDB, refusal
from tests.support.local_server import local_server
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import MODEL_VERSION, FakeRuntime

OpenPage = Callable[..., Page]


@pytest.fixture
def dynamodb() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def url(runtime: FakeRuntime, dynamodb: FakeDynamoDB) -> Iterator[str]:
    """The app with a table for feedback."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in runtime.environment.items():
            patch.setenv(name, value)
        from app import create_app

        endpoint = Endpoint(make_client(), os.environ["ENDPOINT_NAME"])
        table = FeedbackTable("a-table", lambda: dynamodb)
        web = Web(endpoint, read_assets(find_static(APP_FOLDER)), table)
    with local_server(create_app(web)) as found:
        yield found


def judge(page: Page, review: str) -> None:
    page.get_by_label("Your movie review", exact=True).fill(review)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".word")).to_be_visible()


def answer(page: Page, choice: str, *, consents: bool = False) -> None:
    page.get_by_role("button", name=choice, exact=True).click()
    if consents:
        page.get_by_label("Send my review along").check()
    page.get_by_role("button", name="Send", exact=True).click()


def test_yes_is_kept_without_the_review(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """What was sent is shown, and cannot be sent twice."""
    page = open_page(url=url)
    judge(page, "A wonderful film")
    question = page.get_by_role("group", name="Was this right?")
    answer(page, "Yes")
    said = question.get_by_role("status")
    expect(said).to_have_text("Thank you. You answered “Yes”, without your review.")
    expect(said).to_be_focused()
    expect(question.get_by_role("button", name="No")).to_be_disabled()
    expect(question.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    expect(question.get_by_role("button", name="Send", exact=True)).to_be_hidden()
    ((_, item),) = dynamodb.kept
    assert (item["right"], item["score"]) == ({"BOOL": True}, {"N": "0.973142"})
    assert item["model_version"] == {"S": MODEL_VERSION}
    assert "review" not in item


def test_consent_is_asked_after_the_answer_and_both_can_be_changed(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """Nothing is sent before Send; then what was last chosen is, once."""
    page = open_page(url=url)
    judge(page, "A wonderful film")
    yes, no = (page.get_by_role("button", name=name, exact=True) for name in ("Yes", "No"))
    consent = page.get_by_label("Send my review along")
    expect(consent).to_be_hidden()
    yes.click()
    expect(yes).to_have_attribute("aria-pressed", "true")
    expect(consent).not_to_be_checked()
    consent.check()
    no.click()
    expect(yes).to_have_attribute("aria-pressed", "false")
    expect(no).to_have_attribute("aria-pressed", "true")
    consent.uncheck()
    assert dynamodb.kept == []
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You answered “No”, without your review.")).to_be_visible()
    ((_, item),) = dynamodb.kept
    assert item["right"] == {"BOOL": False}
    assert "review" not in item


def test_the_review_goes_along_where_the_box_is_ticked(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """What is sent is what was judged, whatever the box says by now."""
    page = open_page(url=url)
    judge(page, "A wonderful film 🎬, not")
    page.get_by_label("Your movie review", exact=True).fill("Another one")
    answer(page, "No", consents=True)
    said = page.get_by_text("You answered “No”, with your review, which is kept for a year.")
    expect(said).to_be_visible()
    ((_, item),) = dynamodb.kept
    assert item["review"] == {"S": "A wonderful film 🎬, not"}
    assert item["right"] == {"BOOL": False}


def test_a_lost_answer_can_be_given_again(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """A sentence, and the buttons are there again."""
    dynamodb.script.append(refusal("ResourceNotFoundException"))
    page = open_page(expected="503", url=url)
    judge(page, "A wonderful film")
    answer(page, "Yes")
    said = page.get_by_text("Your answer could not be saved; please try again.")
    expect(said).to_be_visible()
    answer(page, "No")
    expect(page.get_by_text("You answered “No”")).to_be_visible()
    ((_, item),) = dynamodb.kept
    assert item["right"] == {"BOOL": False}


def test_a_lean_is_asked_about_its_side(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """There 'right' means the likelier side."""
    page = open_page(url=url)
    judge(page, "A good film, a bad film")
    question = page.get_by_role("group", name="Overall, is it more negative than positive?")
    answer(page, "No")
    expect(question.get_by_role("status")).to_contain_text("You answered “No”")
    ((_, item),) = dynamodb.kept
    assert (item["right"], item["score"]) == ({"BOOL": False}, {"N": "0.382000"})


def test_a_gateway_that_gave_up_blames_no_model(open_page: OpenPage, url: str) -> None:
    """No model is asked to keep an answer; the buttons work again."""
    page = open_page(FAILED_LOAD, url=url)
    judge(page, "A wonderful film")
    page.route("**/feedback", lambda route: route.fulfill(status=504, body="{}"))
    answer(page, "Yes")
    said = page.get_by_role("group", name="Was this right?").get_by_role("status")
    expect(said).to_have_text("The service took too long to answer, so we stopped waiting.")
    expect(page.get_by_role("button", name="Yes")).to_be_enabled()


@pytest.mark.parametrize("text", ["zxqvy zxqvy", "plot, good, bad", "jargon, good, bad"])
def test_what_has_no_verdict_is_not_asked_about(open_page: OpenPage, url: str, text: str) -> None:
    """There is nothing that could be right."""
    page = open_page(url=url)
    judge(page, text)
    expect(page.locator(".feedback")).to_have_count(0)


def test_the_next_verdict_is_asked_about_again(
    open_page: OpenPage, url: str, dynamodb: FakeDynamoDB
) -> None:
    """With an unticked box: consent is for one review."""
    page = open_page(url=url)
    judge(page, "A wonderful film")
    answer(page, "Yes", consents=True)
    expect(page.get_by_text("with your review")).to_be_visible()
    judge(page, "An awful film")
    answer(page, "Yes")
    expect(page.get_by_text("without your review")).to_be_visible()
    assert ["review" in item for _, item in dynamodb.kept] == [True, False]


def test_a_service_without_a_table_does_not_ask(open_page: OpenPage) -> None:
    """The buttons are absent, not dead."""
    page = open_page()
    judge(page, "A wonderful film")
    expect(page.get_by_text("Was this right?")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_is_accessible(open_page: OpenPage, url: str, scheme: str) -> None:
    """axe finds nothing, before the answer and after it; nothing scrolls sideways at 320 px."""
    viewport = {"width": 320, "height": 640}
    page = open_page(url=url, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    judge(page, "A wonderful film")
    assert_all_is_well(page)
    page.get_by_role("button", name="Yes").click()
    assert_all_is_well(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert_all_is_well(page)


def assert_all_is_well(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
