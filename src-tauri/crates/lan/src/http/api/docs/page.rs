//! The layout of the page: contents, introduction, routes by tag, schemas.

use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::html::Html;
use super::schema;
use crate::http::api::openapi::REFUSALS;

/// The base URL in examples.
const ORIGIN: &str = "http://localhost:7444";
/// Methods in the order in which a path's routes are listed.
const METHODS: [&str; 3] = ["get", "post", "delete"];

/// One route of the document.
struct Route<'a> {
    method: &'static str,
    path: &'a str,
    /// Its operation object.
    about: &'a Value,
}

impl Route<'_> {
    fn words(&self, key: &str) -> &str {
        self.about[key].as_str().unwrap_or_default()
    }

    /// Id of its section: `get-api-v1-history`.
    fn anchor(&self) -> String {
        let path = self.path.replace(['{', '}'], "").replace(['/', '.'], "-");
        format!("{}{path}", self.method)
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.about["tags"].as_array().is_some_and(|tags| tags.iter().any(|it| it == tag))
    }
}

/// The page of `document`.
pub(super) fn of(document: &OpenApi) -> String {
    let value = serde_json::to_value(document).expect("a document is made of text, numbers and lists");
    let routes: Vec<Route<'_>> = document
        .paths
        .paths
        .keys()
        .flat_map(|path| METHODS.map(|method| Route { method, path, about: &value["paths"][path][method] }))
        .filter(|route| route.about.is_object())
        .collect();
    let chapters = chapters(document.info.description.as_deref().unwrap_or_default());
    let mut html = Html::default();
    html.markup(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Sightline API</title>\
         <link rel=\"icon\" href=\"/icon.svg\"><link rel=\"stylesheet\" href=\"/docs.css\"></head><body>\
         <a class=\"skip\" href=\"#top\">To the text</a>",
    );
    contents(&mut html, &value, &routes, &chapters);
    html.markup("<main id=\"top\"><header class=\"title\"><h1>Sightline API</h1><p class=\"lead\">Version ");
    html.text(&document.info.version).markup(
        " · <a href=\"/api/openapi.json\">openapi.json</a> · <a href=\"/console\">Console</a> · \
         <a href=\"/\">This machine</a></p></header>",
    );
    for (title, text) in &chapters {
        html.markup("<section class=\"chapter\" id=\"").text(&slug(title)).markup("\">");
        if !title.is_empty() {
            html.markup("<h2>").text(title).markup("</h2>");
        }
        html.prose(text).markup("</section>");
    }
    for tag in value["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        html.markup("<section class=\"group\" id=\"").text(&slug(name)).markup("\"><h2>").text(name);
        html.markup("</h2>").prose(tag["description"].as_str().unwrap_or_default());
        for route in routes.iter().filter(|route| route.has_tag(name)) {
            operation(&mut html, route);
        }
        html.markup("</section>");
    }
    html.markup("<section class=\"group\" id=\"schemas\"><h2>Schemas</h2>");
    for (name, about) in value["components"]["schemas"].as_object().into_iter().flatten() {
        schema::section(&mut html, name, about);
    }
    html.markup("</section></main></body></html>\n");
    html.into_string()
}

/// The chapters of the introduction: title and text. The first has no title.
fn chapters(markdown: &str) -> Vec<(&str, &str)> {
    let mut parts = markdown.split("\n## ");
    let first = parts.next().map(|text| ("", text));
    first.into_iter().chain(parts.map(|part| part.split_once('\n').unwrap_or((part, "")))).collect()
}

fn slug(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// The list beside the text. On a small screen it is shown while the address points at it, so that it is gone
/// when a place was chosen.
fn contents(html: &mut Html, value: &Value, routes: &[Route<'_>], chapters: &[(&str, &str)]) {
    html.markup(
        "<nav aria-label=\"Contents\"><a class=\"brand\" href=\"#top\"><img src=\"/icon.svg\" alt=\"\" width=\"20\" \
         height=\"20\">Sightline <span>API</span></a><a class=\"toggle\" href=\"#contents\">Contents</a><a class=\"toggle close\" \
         href=\"#top\">Close</a><div class=\"contents\" id=\"contents\"><h2>Introduction</h2><ul>",
    );
    for (title, _) in chapters.iter().filter(|(title, _)| !title.is_empty()) {
        html.markup("<li><a href=\"#").text(&slug(title)).markup("\">").text(title).markup("</a></li>");
    }
    html.markup("</ul>");
    for tag in value["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()) {
        html.markup("<h2>").text(tag).markup("</h2><ul>");
        for route in routes.iter().filter(|route| route.has_tag(tag)) {
            html.markup("<li><a href=\"#").text(&route.anchor()).markup("\">");
            badge(html, route.method);
            html.text(route.path).markup("</a></li>");
        }
        html.markup("</ul>");
    }
    html.markup("<h2>Reference</h2><ul><li><a href=\"#schemas\">Schemas</a></li></ul></div></nav>");
}

fn badge(html: &mut Html, method: &'static str) {
    html.markup("<span class=\"method ").markup(method).markup("\">").text(&method.to_uppercase());
    html.markup("</span> ");
}

fn operation(html: &mut Html, route: &Route<'_>) {
    html.markup("<article class=\"route\" id=\"").text(&route.anchor()).markup("\"><header><h3>");
    html.text(route.words("summary")).markup("</h3><p class=\"address\">");
    badge(html, route.method);
    html.markup("<code>").text(route.path).markup("</code></p></header><div class=\"text\">");
    html.prose(route.words("description"));
    parameters(html, route);
    body(html, route);
    responses(html, route);
    html.markup("</div>");
    sample(html, route);
    html.markup("</article>");
}

fn parameters(html: &mut Html, route: &Route<'_>) {
    let Some(parameters) = route.about["parameters"].as_array() else { return };
    html.markup("<h4>Parameters</h4><dl class=\"fields\">");
    for parameter in parameters {
        let about = &parameter["schema"];
        html.markup("<div><dt><code>").text(parameter["name"].as_str().unwrap_or_default());
        html.markup("</code><span class=\"kind\">");
        schema::kind(html, about);
        html.markup("</span>");
        if parameter["required"] == true {
            html.markup("<span class=\"tag\">required</span>");
        }
        html.markup("</dt><dd>").prose(parameter["description"].as_str().unwrap_or_default());
        if let Some(bounds) = schema::bounds(about) {
            html.markup("<p class=\"bounds\">").text(&bounds).markup("</p>");
        }
        html.markup("</dd></div>");
    }
    html.markup("</dl>");
}

fn body(html: &mut Html, route: &Route<'_>) {
    let content = &route.about["requestBody"]["content"];
    let Some(content) = content.as_object() else { return };
    html.markup("<h4>Body</h4><dl class=\"fields\">");
    for (media, about) in content {
        html.markup("<div><dt><code>").text(media).markup("</code><span class=\"kind\">");
        schema::kind(html, &about["schema"]);
        html.markup("</span></dt><dd></dd></div>");
    }
    html.markup("</dl>");
}

/// The answers of this route. The errors that all routes share are listed once, in the introduction.
fn responses(html: &mut Html, route: &Route<'_>) {
    html.markup("<h4>Answers</h4><dl class=\"fields\">");
    for (status, about) in route.about["responses"].as_object().into_iter().flatten() {
        let description = about["description"].as_str().unwrap_or_default();
        if REFUSALS.contains(&(status.as_str(), description)) {
            continue;
        }
        let good = if status.starts_with('2') { "good" } else { "bad" };
        html.markup("<div><dt><span class=\"status ")
            .markup(good)
            .markup("\">")
            .text(status)
            .markup("</span>");
        for (media, content) in about["content"].as_object().into_iter().flatten() {
            html.markup("<span class=\"kind\">");
            schema::kind(html, &content["schema"]);
            html.markup(" <code>").text(media).markup("</code></span>");
        }
        html.markup("</dt><dd>").prose(description).markup("</dd></div>");
    }
    html.markup(
        "</dl><p class=\"common\">And the <a href=\"#errors\">refusals</a> that all routes share.</p>",
    );
}

/// How it is asked, and what comes back.
fn sample(html: &mut Html, route: &Route<'_>) {
    html.markup("<div class=\"sample\"><h4>Request</h4><pre tabindex=\"0\">").text(&request(route));
    html.markup("</pre>");
    let content = route.about["responses"]["200"]["content"].as_object();
    for (media, content) in content.into_iter().flatten() {
        let example = &content["example"];
        if example.is_null() {
            continue;
        }
        html.markup("<h4>Answer <code>").text(media).markup("</code></h4><pre tabindex=\"0\">");
        match example {
            Value::String(text) => html.text(text),
            value => html.text(&schema::pretty(value, 0)),
        };
        html.markup("</pre>");
    }
    html.markup("</div>");
}

fn request(route: &Route<'_>) -> String {
    let mut query = String::new();
    for parameter in route.about["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let value = match &parameter["example"] {
            Value::Null => continue,
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if parameter["in"] == "query" {
            query.push_str(if query.is_empty() { "?" } else { "&" });
            query.push_str(&format!("{name}={value}"));
        }
    }
    let body = &route.about["requestBody"]["content"]["application/json"]["example"];
    let data = match body {
        Value::Null => String::new(),
        body => format!(" \\\n  --json '{body}'"),
    };
    let method = if route.method == "get" || !data.is_empty() {
        String::new()
    } else {
        format!(" -X {}", route.method.to_uppercase())
    };
    format!("curl{method} '{ORIGIN}{}{query}'{data}", route.path)
}
