"""The unit of work around each request."""

from fastapi.testclient import TestClient


def test_unknown_page_answers_404_in_the_language_of_the_address(client: TestClient) -> None:
    response = client.get("/ko/nowhere")
    assert response.status_code == 404
    assert response.headers["content-language"] == "ko"
