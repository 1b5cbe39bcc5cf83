//! Markdown as HTML, and what must not become of it.

use super::*;

fn inner(words: &str) -> String {
    markdown(words).trim_start_matches("<div class=\"said\">\n").trim_end_matches("</div>\n").to_owned()
}

#[test]
fn the_usual_shapes() {
    for (words, page) in [
        ("# A\n## B\n###### C", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>\n"),
        (
            "a *b* **c** ~~d~~ `e<`",
            "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;</code></p>\n",
        ),
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("- a\n- [x] b", "<ul>\n<li>a</li>\n<li>☑ b</li>\n</ul>\n"),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ("```rs\nfn a<T>() {}\n```", "<p class=\"language\">rs</p>\n<pre>fn a&lt;T&gt;() {}</pre>\n"),
        ("---", "<hr>\n"),
        (
            "|a|b|\n|-|-:|\n|c|d|",
            "<table>\n<tr><th>a</th><th class=\"right\">b</th></tr>\n<tr><td>c</td><td class=\"right\">d</td></tr>\n</table>\n",
        ),
    ] {
        assert_eq!(inner(words), page, "{words}");
    }
    assert_eq!(markdown(" \n"), "");
}

#[test]
fn an_address_is_followed_only_to_the_web_and_always_said() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    assert_eq!(
        inner("[x](https://a/?b&c) <https://d/>"),
        format!(
            "<p><a href=\"https://a/?b&amp;c\" {rel}>x</a> <span class=\"quiet\">(https://a/?b&amp;c)</span> \
             <a href=\"https://d/\" {rel}>https://d/</a></p>\n"
        )
    );
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt&#58;alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//a",
        "/b",
    ] {
        let page = inner(&format!("[https://good.example]({url})"));
        assert!(!page.contains("href") && page.contains("<span class=\"quiet\">("), "{page}");
    }
    let page = inner("![a cat](https://x/cat.png) [![b](https://y/b.png)](https://z/)");
    assert!(!page.contains("<img") && page.contains("picture: a cat</span>"), "{page}");
    assert!(page.contains("(https://x/cat.png)") && page.contains("(https://z/)"), "{page}");
}

#[test]
fn html_is_text() {
    let page = inner("<script>alert(1)</script>\n\na <b onclick=x>b</b> &lt;i&gt; &#x1b;[2J");
    assert!(!page.contains("<script") && !page.contains("<b ") && !page.contains("<i>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(!page.chars().any(|c| c != '\n' && text::is_hostile(c)), "{page}");
}

#[test]
fn depth_is_bounded() {
    let page = markdown(&format!("{} a", ">".repeat(5_000)));
    assert!(page.matches("<blockquote>").count() <= DEEPEST);
    assert_eq!(page.matches("<blockquote>").count(), page.matches("</blockquote>").count());
}
