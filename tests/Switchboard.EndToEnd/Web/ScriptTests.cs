using System.Text;

namespace Switchboard.EndToEnd.Web;

/// <summary>Nothing that somebody stored or said runs in the server's origin.</summary>
public sealed class ScriptTests(WebSite site) : IClassFixture<WebSite>
{
    private const string Script = "<script>alert(document.cookie)</script>";

    [Theory]
    [InlineData("page.html")]
    [InlineData("page.htm")]
    [InlineData("page.xhtml")]
    [InlineData("page.xml")]
    [InlineData("page.svg")]
    [InlineData("page.svgz")]
    [InlineData("page.mht")]
    [InlineData("page.js")]
    [InlineData("page.css")]
    [InlineData("page.pdf")]
    [InlineData("page.png")]
    [InlineData("page")]
    [InlineData("page.html ")]
    [InlineData("page.jpg.html")]
    public async Task A_file_that_could_be_a_page_is_never_one(string name)
    {
        using WebClient browser = await site.LoggedInAsync();
        string address = "/files/" + Uri.EscapeDataString(name);
        await browser.PutAsync(address, Encoding.UTF8.GetBytes($"<svg xmlns='http://www.w3.org/2000/svg'>{Script}</svg>"), "Content-Type: text/html");
        foreach (WebAnswer answer in (WebAnswer[])[await browser.GetAsync(address), await browser.GetAsync(address + "?inline"), await browser.GetAsync(address + "?inline", "Range: bytes=0-5")])
        {
            string type = answer.ContentHeaders.ContentType!.MediaType!, policy = answer.Header("Content-Security-Policy")!;
            Assert.DoesNotContain(type, (string[])["text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/javascript", "application/javascript", "text/css"]);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.True(type == "application/pdf" || policy.StartsWith("sandbox;", StringComparison.Ordinal), policy);
            Assert.DoesNotContain("allow-", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_come_back_only_as_JSON()
    {
        using WebClient browser = await site.LoggedInAsync();
        string name = Uri.EscapeDataString($"\"><img src=x onerror=alert(1)>{Script}".Replace("/", "", StringComparison.Ordinal));
        foreach (WebAnswer answer in (WebAnswer[])[await browser.GetAsync("/files/" + name), await browser.GetAsync("/entries/" + name), await browser.GetAsync("/jobs/" + name),
            await browser.DeleteAsync("/tokens/" + name), await browser.GetAsync("/rooms/" + name + "/messages"), await browser.GetAsync("/" + name)])
        {
            Assert.Equal("application/json", answer.ContentHeaders.ContentType!.MediaType);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.DoesNotContain("<", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_page_may_load_only_what_the_server_brings()
    {
        using WebClient nobody = site.Browser();
        foreach (string address in (string[])["/", "/healthz", "/session", "/api/openapi.json"])
        {
            string policy = (await nobody.GetAsync(address)).Header("Content-Security-Policy")!;
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("object-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("base-uri 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_cannot_add_a_header()
    {
        using WebClient browser = await site.LoggedInAsync();
        WebAnswer answer = await browser.PutAsync("/files/" + Uri.EscapeDataString("a\r\nX-Evil: 1\r\n\r\n<b>"), [1]);
        WebAnswer got = await browser.GetAsync("/files/" + Uri.EscapeDataString("a\r\nX-Evil: 1\r\n\r\n<b>"));
        Assert.Null(answer.Header("X-Evil"));
        Assert.Null(got.Header("X-Evil"));
        answer.Refused(400, "bad_name");
    }
}
