using Microsoft.AspNetCore.Http;
using Switchboard.Server.Doors.Web;

namespace Switchboard.Tests.Web;

/// <summary>Nothing that somebody stored runs in our origin.</summary>
public class ViewsTests
{
    [Theory]
    [InlineData("a.png", "image/png")]
    [InlineData("a.JPG", "image/jpeg")]
    [InlineData("a.webp", "image/webp")]
    [InlineData("a.svg", "image/svg+xml")]
    [InlineData("a.pdf", "application/pdf")]
    [InlineData("a.mp3", "audio/mpeg")]
    [InlineData("a.mp4", "video/mp4")]
    public void Pictures_sound_films_and_PDF_are_shown(string name, string type)
    {
        var response = Describe(name, "?inline");
        Assert.Equal(type, response.ContentType);
        Assert.StartsWith("inline", response.Headers.ContentDisposition.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.html")]
    [InlineData("a.HTM")]
    [InlineData("a.xhtml")]
    [InlineData("a.xml")]
    [InlineData("a.xsl")]
    [InlineData("a.mht")]
    [InlineData("a.js")]
    [InlineData("a.mjs")]
    [InlineData("a.css")]
    [InlineData("a.json")]
    [InlineData("a.wasm")]
    [InlineData("a.swf")]
    [InlineData("a.hta")]
    [InlineData("a.md")]
    [InlineData("a.png.html")]
    [InlineData("a.html ")]
    [InlineData("a")]
    [InlineData(".html")]
    public void Everything_else_is_text_to_read(string name) => Assert.Equal("text/plain; charset=utf-8", Describe(name, "?inline").ContentType);

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.svg")]
    [InlineData("a.html")]
    [InlineData("a.xhtml")]
    [InlineData("a.xml")]
    [InlineData("a.mp4")]
    public void What_is_shown_is_a_document_of_its_own_without_scripts(string name)
    {
        string policy = Describe(name, "?inline").Headers.ContentSecurityPolicy.ToString();
        Assert.StartsWith("sandbox; default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_PDF_may_not_load_anything_else() =>
        Assert.StartsWith("default-src 'none'", Describe("a.pdf", "?inline").Headers.ContentSecurityPolicy.ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("?inline=0")]
    [InlineData("?inline=false")]
    public void Nothing_is_shown_that_was_not_asked_for(string query)
    {
        var response = Describe("a.html", query);
        Assert.Equal("application/octet-stream", response.ContentType);
        Assert.StartsWith("attachment", response.Headers.ContentDisposition.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("中文 名.txt", "filename*=UTF-8''%E4%B8%AD%E6%96%87%20%E5%90%8D.txt")]
    [InlineData("a\"; filename=evil.exe", "filename*=UTF-8''a%22%3B%20filename%3Devil.exe")]
    [InlineData("a\r\nSet-Cookie: x=y", "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x%3Dy")]
    public void A_name_is_told_whole_and_stays_a_name(string name, string told)
    {
        string field = Describe(name, "").Headers.ContentDisposition.ToString();
        Assert.Contains(told, field, StringComparison.Ordinal);
        Assert.DoesNotContain(field, char.IsControl);
    }

    private static HttpResponse Describe(string name, string query)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query);
        Views.Describe(new WebRequest(null!, http), name);
        return http.Response;
    }
}
