//! Ways around sanitisers that were made public, each in words of our own: what comes out runs nothing, fetches nothing
//! and means the same when it is read again.

use super::{assert_harmless, clean};

/// The kind of the way, with an advisory that describes it where there is one, and HTML that takes it.
const WAYS: [(&str, &str); 78] = [
    // Foreign content: what is an element here is text there, and the other way round.
    (
        "math and style (CVE-2024-53985)",
        "<math><style><img src=x onerror=alert(1)></style></math>",
    ),
    (
        "svg and style (CVE-2024-53986)",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
    ),
    (
        "svg, style and comment (CVE-2023-44390)",
        "<svg><style><!--</style><img src=x onerror=alert(1)>--></svg>",
    ),
    (
        "noscript in svg (CVE-2024-52595)",
        "<svg><noscript><style><img src=x onerror=alert(1)></style></noscript></svg>",
    ),
    (
        "mglyph",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=alert(1)&gt;\">",
    ),
    (
        "malignmark",
        "<math><mi><malignmark><style><img src=x onerror=alert(1)></style>",
    ),
    (
        "form in mtext",
        "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert(1) src>\">",
    ),
    (
        "annotation-xml",
        "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    ),
    (
        "annotation-xml and svg",
        "<math><annotation-xml><svg></annotation-xml><style><img src=x onerror=alert(1)>",
    ),
    (
        "foreignObject",
        "<svg><foreignObject><math><mi><style><a title=\"</style><img src=x onerror=alert(1)>\">",
    ),
    (
        "desc",
        "<svg><desc><table><td><svg><style><b title=\"</style><img src=x onerror=alert(1)>\">",
    ),
    (
        "title of svg",
        "<svg><title><style><img src=x onerror=alert(1)></style></title></svg>",
    ),
    (
        "xmp in svg",
        "<svg><xmp><img src=x onerror=alert(1)></xmp></svg>",
    ),
    (
        "cdata in svg",
        "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
    ),
    ("cdata in html", "<![CDATA[<img src=x onerror=alert(1)>]]>"),
    (
        "table and svg",
        "<table><td><svg><desc><td><math><mi></td></desc></svg></table><img src=x onerror=alert(1)>",
    ),
    (
        "removed foreign parent (RUSTSEC-2025-0071)",
        "<svg><p><style><img src=x onerror=alert(1)></style></svg>",
    ),
    (
        "br breaks out",
        "<svg></p><style><a id=\"</style><img src=x onerror=alert(1)>\">",
    ),
    (
        "font breaks out",
        "<svg><font color=red><style><b id=\"</style><img src=x onerror=alert(1)>\">",
    ),
    // Animation changes an address after it was looked at.
    (
        "set (CVE-2024-37383)",
        "<svg><a><set attributeName=href to=javascript:alert(1)></set><text y=9>x</text></a></svg>",
    ),
    (
        "animate (CVE-2025-68461)",
        "<svg><animate attributeName=\"href\" values=\"javascript:alert(1)\"/><a id=x>x</a></svg>",
    ),
    (
        "animate with spaces (CVE-2024-37383)",
        "<svg><animate attributeName=\"href \" values=\"javascript:alert(1)\" href=\"#link\"/></svg>",
    ),
    (
        "use",
        "<svg><use href=\"data:image/svg+xml,<svg onload=alert(1)>#x\"></use></svg>",
    ),
    (
        "svg handler (CVE-2023-5631)",
        "<svg><svg id=\"<x>\" onload=\"alert(1)\"></svg>",
    ),
    (
        "object beside svg (CVE-2023-5631)",
        "<svg><object data=\"https://t.example\"></object></svg>",
    ),
    // Text that becomes markup.
    (
        "noscript",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    ),
    (
        "noscript and style",
        "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
    ),
    (
        "noembed",
        "<noembed><b title=\"</noembed><img src=x onerror=alert(1)>\">",
    ),
    (
        "noframes",
        "<noframes><b title=\"</noframes><img src=x onerror=alert(1)>\">",
    ),
    (
        "xmp",
        "<xmp><b title=\"</xmp><img src=x onerror=alert(1)>\">",
    ),
    (
        "iframe",
        "<iframe><b title=\"</iframe><img src=x onerror=alert(1)>\">",
    ),
    (
        "textarea",
        "<textarea><b title=\"</textarea><img src=x onerror=alert(1)>\">",
    ),
    (
        "title",
        "<title><b title=\"</title><img src=x onerror=alert(1)>\">",
    ),
    ("plaintext", "<plaintext><img src=x onerror=alert(1)>"),
    (
        "template",
        "<template><img src=x onerror=alert(1)><script>alert(1)</script></template>",
    ),
    (
        "declared shadow",
        "<div><template shadowrootmode=open><img src=x onerror=alert(1)></template></div>",
    ),
    (
        "select",
        "<select><iframe></select><img src=x onerror=alert(1)>",
    ),
    (
        "select and style (RUSTSEC-2026-0193)",
        "<select><style></select><img src=x onerror=alert(1)></style></select>",
    ),
    (
        "selectedcontent (RUSTSEC-2026-0213)",
        "<select><button><selectedcontent></selectedcontent></button><option><img src=x onerror=alert(1)>",
    ),
    ("comment end", "<!--><img src=x onerror=alert(1)>-->"),
    (
        "comment end with a mark",
        "<!-- --!><img src=x onerror=alert(1)> -->",
    ),
    (
        "comment in a comment",
        "<!--<!--><img src=x onerror=alert(1)>-->",
    ),
    ("bogus comment", "<?xml ><img src=x onerror=alert(1)>?>"),
    ("end that is a comment", "</ ><img src=x onerror=alert(1)>"),
    (
        "conditional comment",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]--><![if x]><img src=x onerror=alert(1)>",
    ),
    (
        "depth (CVE-2024-47875)",
        "<form><h1></form><table><form></form></table></table></h1></form><math><mi><style><img src=x onerror=alert(1)>",
    ),
    (
        "undone cleaning (CVE-2024-42009)",
        "<body title=\"bgcolor=foo\" name=\"bar style=animation-name:x onanimationstart=alert(1) foo=bar\">x</body>",
    ),
    (
        "NUL",
        "<scr\0ipt>alert(1)</scr\0ipt><img src=x on\0error=alert(1)>",
    ),
    // Addresses that run.
    ("capital letters", "<a href=JaVaScRiPt:alert(1)>x</a>"),
    ("tab", "<a href=\"java\tscript:alert(1)\">x</a>"),
    ("line end", "<a href=\"java&#10;script:alert(1)\">x</a>"),
    (
        "control character",
        "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    ),
    (
        "control character as an entity",
        "<a href=\"&#1;javascript:alert(1)\">x</a>",
    ),
    (
        "entities",
        "<a href=\"&#x6A;avascript&colon;alert(1)\">x</a>",
    ),
    (
        "entities without end",
        "<a href=\"&#0000106avascript:alert(1)\">x</a>",
    ),
    (
        "wide letters",
        "<a href=\"\u{ff4a}avascript:alert(1)\">x</a>",
    ),
    ("vbscript", "<a href=vbscript:x>x</a>"),
    (
        "data",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    ),
    ("blob", "<a href=\"blob:https://t.example/x\">x</a>"),
    (
        "without a scheme",
        "<a href=\"//t.example\">x</a><a href=\"\\\\t.example\">x</a>",
    ),
    (
        "form action",
        "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button><input type=submit></form>",
    ),
    ("isindex", "<isindex action=javascript:alert(1) type=image>"),
    (
        "base",
        "<base href=\"javascript:alert(1)//\"><a href=\"#x\">x</a>",
    ),
    (
        "refresh",
        "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    ),
    (
        "area",
        "<map name=x><area href=javascript:alert(1) shape=default></map><img usemap=#x>",
    ),
    (
        "ping",
        "<a href=\"https://a.example/\" ping=\"https://t.example\">x</a>",
    ),
    // What fetches.
    (
        "srcset",
        "<img srcset=\"https://t.example/x 2x, https://t.example/y\" src=cid:a@b>",
    ),
    (
        "imagesrcset",
        "<link rel=preload as=image imagesrcset=\"https://t.example/x 2x\">",
    ),
    (
        "old image attributes",
        "<img lowsrc=https://t.example dynsrc=https://t.example longdesc=https://t.example>",
    ),
    (
        "image scheme without slashes",
        "<img src=\"https:t.example/x\"><img src=\"http:\\\\t.example\\x\">",
    ),
    (
        "audio and video",
        "<video src=https://t.example poster=https://t.example><track src=https://t.example><source src=https://t.example></video>",
    ),
    (
        "embed and applet",
        "<embed src=https://t.example><applet codebase=https://t.example archive=https://t.example>",
    ),
    (
        "body and table",
        "<body background=https://t.example><table background=https://t.example><tr background=https://t.example><td>x",
    ),
    (
        "style function",
        "<p style=\"background-image:image-set('https://t.example' 1x)\">x</p>",
    ),
    (
        "style with escapes (CVE-2025-68460)",
        "<p style=\"background:\\75rl(https://t.example);color:u\\0072l(//t.example)\">x</p>",
    ),
    (
        "style with a comment",
        "<p style=\"background:ur/**/l(https://t.example);color:red/*;*/:url(//t.example)\">x</p>",
    ),
    (
        "style with entities",
        "<p style=\"background&colon;url&lpar;https://t.example&rpar;\">x</p>",
    ),
    (
        "style element",
        "<style>@import \"https://t.example\"; p { background: url(https://t.example) }</style><p>x",
    ),
];

#[test]
fn known_ways_around_sanitisers_lead_nowhere() {
    for (kind, source) in WAYS {
        for source in [
            source.to_owned(),
            source.repeat(3),
            format!("<div><b>{source}</b></div>"),
            format!("<table><tr><td>{source}</table>"),
            format!("<table>{source}"),
            format!("<ul><li><a href=#x>{source}"),
        ] {
            let safe = clean(&source);
            assert_harmless(&safe.html);
            assert!(!safe.html.contains("t.example"), "{kind}: {}", safe.html);
        }
    }
}

#[test]
fn what_would_have_been_fetched_is_told() {
    let fetching = WAYS.iter().skip_while(|(kind, _)| *kind != "srcset");
    for (kind, source) in fetching {
        let is_hidden = matches!(*kind, "style with entities");
        assert!(clean(source).is_remote_blocked || is_hidden, "{kind}");
    }
}
