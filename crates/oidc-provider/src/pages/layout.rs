//! What all pages have in common, and how they are made.

use askama::Template;

use super::{
    answer,
    assets::{self, Colour},
    csrf,
    strings::Strings,
    visit::Visit,
};
use crate::{Answer, Error, Provider, Result};

/// The frame around a page.
pub(crate) struct Layout {
    pub(crate) s: &'static Strings,
    pub(crate) title: String,
    /// The name of the tenant, or of the product.
    pub(crate) brand: String,
    pub(crate) initial: String,
    /// The style with the tenant's colour.
    pub(crate) colour: Option<String>,
    pub(crate) style: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) scripts: Vec<&'static str>,
    pub(crate) is_wide: bool,
    /// What went wrong.
    pub(crate) bad: Option<&'static str>,
    /// The mark of our forms.
    pub(crate) mark: String,
    /// What every form carries along.
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// Further sources that forms may end at.
    pub(crate) leads_to: Vec<String>,
    /// Sources of pictures.
    pub(crate) images: Vec<String>,
    pub(crate) status: u16,
}

/// How a tenant looks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brand {
    pub(crate) name: Option<String>,
    pub(crate) colour: Option<Colour>,
}

impl Layout {
    /// A frame with this title.
    pub(crate) fn new(
        provider: &Provider,
        visit: &Visit<'_>,
        title: impl Into<String>,
    ) -> Result<Self> {
        Ok(Self {
            mark: csrf::mark(&provider.inner.vault, &visit.browser)?,
            ..Self::bare(visit.s, title)
        })
    }

    /// A frame for a page without forms.
    pub(crate) fn bare(s: &'static Strings, title: impl Into<String>) -> Self {
        let mut layout = Self {
            s,
            title: title.into(),
            brand: String::new(),
            initial: String::new(),
            colour: None,
            style: assets::style(),
            icon: assets::icon(),
            scripts: Vec::new(),
            is_wide: false,
            bad: None,
            mark: String::new(),
            hidden: Vec::new(),
            leads_to: Vec::new(),
            images: Vec::new(),
            status: 200,
        };
        layout.name(s.product);
        layout
    }

    fn name(&mut self, brand: &str) {
        self.initial = brand.chars().take(1).flat_map(char::to_uppercase).collect();
        brand.clone_into(&mut self.brand);
    }

    /// Looks like the tenant.
    pub(crate) fn brand(mut self, brand: &Brand) -> Self {
        if let Some(name) = &brand.name {
            self.name(name);
        }
        self.colour = brand.colour.map(Colour::path);
        self
    }

    /// Says what went wrong, with a status that says so too.
    pub(crate) fn bad(mut self, notice: Option<&'static str>) -> Self {
        if notice.is_some() {
            self.status = 422;
        }
        self.bad = notice;
        self
    }

    /// Every form carries this along.
    pub(crate) fn carry(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// With a script.
    pub(crate) fn script(mut self, path: &'static str) -> Self {
        self.scripts.push(path);
        self
    }
}

/// The answer that a page is. `leads_to` and `images` are those of its frame.
pub(crate) fn show(
    template: &impl Template,
    status: u16,
    leads_to: &[String],
    images: &[String],
) -> Result<Answer> {
    let html = template
        .render()
        .map_err(|_error| Error::Inconsistent("a page"))?;
    Ok(answer::page(status, html, leads_to, images))
}

/// Shows a page whose frame is its field `layout`.
macro_rules! show_page {
    ($page:expr) => {{
        let page = $page;
        $crate::pages::layout::show(
            &page,
            page.layout.status,
            &page.layout.leads_to,
            &page.layout.images,
        )
    }};
}
pub(crate) use show_page;
