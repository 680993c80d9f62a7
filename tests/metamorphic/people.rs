//! Who and what is put into pages.

/// Somebody who is not the owner, as pages mark people up.
pub const BYSTANDERS: [&str; 8] = [
    "<div class='h-card vcard'><span class='p-name fn'>Mallory Quist</span> <span class='p-job-title title'>Spy at Quist</span> \
     <a class='u-email email' href='mailto:mallory@quist.example'>mallory@quist.example</a></div>",
    "<div itemscope itemtype='https://schema.org/Person'><b itemprop='name'>Mallory Quist</b><i itemprop='jobTitle'>Quist spy</i>\
     <a itemprop='email' href='mailto:mallory@quist.example'>mallory@quist.example</a></div>",
    "<script type='application/ld+json'>{\"@type\":\"Person\",\"name\":\"Mallory Quist\",\"jobTitle\":\"Quist spy\",\
     \"email\":\"mallory@quist.example\",\"worksFor\":{\"name\":\"Quist\"}}</script>",
    "<div vocab='https://schema.org/' typeof='Person'><b property='name'>Mallory Quist</b><i property='jobTitle'>Quist spy</i></div>",
    "<aside class='pv-browsemap-section aside'><ul><li><h3 class='name'><a href='/in/mallory'>Mallory Quist</a></h3>\
     <p class='headline'>Quist spy</p></li></ul></aside>",
    "<article class='h-entry'><a class='p-author h-card' href='/m'>Mallory Quist</a> wrote about Quist</article>",
    "<section class='comments comment'><h2>Mallory Quist</h2><p>Quist is hiring</p><a href='tel:+33600000000'>Quist desk</a></section>",
    "<div role='dialog'><h2>Mallory Quist</h2><a href='https://www.linkedin.com/in/mallory/'>linkedin.com/in/mallory</a>\
     <a href='mailto:mallory@quist.example'>mallory@quist.example</a></div>",
];

/// What else stands on pages.
pub const CLUTTER: [&str; 4] = [
    "<div class='ad ads banner'><h2>Quist chairs</h2><a href='mailto:shop@quist.example'>shop@quist.example</a></div>",
    "<nav class='global-nav'><a href='/'>Home</a><span>Mallory Quist</span></nav>",
    "<footer><address>Quist Ltd, 1 Quist Street</address><a href='tel:+441632960000'>+44 1632 960000</a></footer>",
    "<meta name='author' content='Mallory Quist'>",
];

/// An advertisement without a way to reach anybody.
pub const PROMOTION: &str = "<div class='promo'><a href='https://quist.example/'><span>Quist chairs</span></a></div>";
