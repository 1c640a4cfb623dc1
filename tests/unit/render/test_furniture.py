"""What a site has before its first article."""

from services.render.furniture import write_furniture


async def test_everything_that_does_not_depend_on_articles_is_there_and_put_once(paper):
    assert await write_furniture(paper.site, paper.store) == len(await paper.everything())
    files = await paper.everything()
    assert {"/404.html", "/503.html", "/robots.txt", "/imprint/index.html", "/_fragments/nav.html"} <= set(files)
    assert set(paper.site.theme.static_files) <= set(files)
    assert await write_furniture(paper.site, paper.store) == 0


async def test_error_pages_need_no_fragment(paper):
    await write_furniture(paper.site, paper.store)
    for path in ("/404.html", "/503.html"):
        page = await paper.file(path)
        assert "<!--#" not in page
        assert 'href="/stadt/"' in page


async def test_the_imprint_says_what_its_file_says(paper):
    await write_furniture(paper.site, paper.store)
    page = await paper.file("/imprint/index.html")
    assert "<h1>Impressum</h1>" in page
    assert "Der Kurier<br>\nAm Markt 1" in page
    assert '<link rel="canonical" href="https://kurier.example/imprint/">' in page
