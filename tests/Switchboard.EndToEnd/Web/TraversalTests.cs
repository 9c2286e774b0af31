using System.Text;

namespace Switchboard.EndToEnd.Web;

/// <summary>No parameter of the API leads out of the home.</summary>
public sealed class TraversalTests(WebSite site) : IClassFixture<WebSite>
{
    private const string Secret = "nobody else reads this";

    /// <summary>As they stand in an address.</summary>
    public static TheoryData<string> Climbing =>
    [
        "../root/secret", "%2e%2e/root/secret", "%2E%2E/root/secret", ".%2e/root/secret", "a/../../root/secret", "%2e%2e%2froot%2fsecret", "..%2froot%2fsecret",
        "..%5croot%5csecret", "..\\root\\secret", "%252e%252e/root/secret", "%252e%252e%252froot%252fsecret", "/../root/secret", "//root/secret", "./../root/secret", "a/%2e%2e/%2e%2e/root/secret",
        "..;/root/secret", "%c0%ae%c0%ae/root/secret", "%u002e%u002e/root/secret", "secret%00", "../root/secret%00.txt", "/etc/passwd", "%2fetc%2fpasswd", "..%c0%afroot", "....//root/secret", "link/secret", "link",
    ];

    [Theory]
    [MemberData(nameof(Climbing))]
    public async Task An_address_stays_in_the_home(string path)
    {
        await PrepareAsync();
        using WebClient program = await site.ProgramAsync();
        foreach (string prefix in (string[])["/files/", "/entries/", "/zip/"])
        {
            WebAnswer answer = await program.GetAsync(prefix + path);
            Assert.InRange(answer.Status, 200, 499);
            AssertNothingTold(answer);
        }

        foreach (WebAnswer answer in (WebAnswer[])[await program.PutAsync("/files/" + path + "?parents", "planted"u8.ToArray()), await program.DeleteAsync("/files/" + path + "?recursive"), await program.PostAsync("/entries/" + path + "?parents")])
        {
            Assert.InRange(answer.Status, 200, 499);
        }

        AssertUntouched();
    }

    [Theory]
    [InlineData("../root/secret")]
    [InlineData("/../root/secret")]
    [InlineData("a/../../root/secret")]
    [InlineData("..")]
    [InlineData("/..")]
    [InlineData("secret\0")]
    [InlineData("\0")]
    [InlineData("link/secret")]
    [InlineData("..\\root\\secret")]
    [InlineData("%2e%2e/root/secret")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("file:///etc/passwd")]
    public async Task So_do_bodies_metadata_and_names(string path)
    {
        await PrepareAsync();
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/mine", "mine"u8.ToArray());
        WebAnswer[] answers =
        [
            await program.PostAsync("/move", new { from = path, to = "/stolen" }),
            await program.PostAsync("/move", new { from = "/mine", to = path, overwrite = true }),
            await program.GetAsync("/zip/?name=" + Uri.EscapeDataString(path)),
            await program.GetAsync("/entries/?search=" + Uri.EscapeDataString(path)),
            await TusUpload.CreateAsync(program, TusUpload.Note("path=" + path), 7, "planted"u8.ToArray()),
            await TusUpload.CreateAsync(program, TusUpload.Note("filename=" + path), 7, "planted"u8.ToArray()),
            await program.HeadAsync("/tus/" + Uri.EscapeDataString(path), TusUpload.Version),
            await program.DeleteAsync("/tus/" + Uri.EscapeDataString(path), TusUpload.Version),
            await program.GetAsync($"/uploads/{Uri.EscapeDataString(path)}/leaves"),
            await program.GetAsync($"/jobs/{Uri.EscapeDataString(path)}/stdout"),
            await program.GetAsync($"/rooms/{Uri.EscapeDataString(path)}/messages"),
            await program.DeleteAsync("/tokens/" + Uri.EscapeDataString(path)),
            await program.PostAsync("/jobs", new { arguments = (string[])["cat", "secret"], folder = path }),
        ];
        Assert.All(answers, answer => Assert.True(answer.Status is < 500 or 503, answer.Text));
        Assert.All(answers, AssertNothingTold);
        AssertUntouched();
    }

    [Fact]
    public async Task Addresses_that_look_like_others_reach_nothing_else()
    {
        using WebClient nobody = site.Browser(), program = await site.ProgramAsync();
        foreach (string target in (string[])[
            "/api/v1/files/../../../healthz", "/api/v1/healthz/../session", "/healthz/../api/v1/session", "/api/v1/%73ession", "/api//v1/session", "/api/v1/./session", "/API/V1/SESSION", "/api/v1/session/", "/api/v1/session;x", "/page/../api/v1/session"])
        {
            Assert.DoesNotContain("\"account\"", (await nobody.GetAsync(target)).Text, StringComparison.Ordinal);
        }

        // What a name and what an address is, one and the same part of the server decides.
        await program.PutAsync("/files/kept", [1]);
        (await program.DeleteAsync("/entries/../files/kept")).Refused(400, "bad_request");
        (await program.GetAsync("/files/kept")).Expect(200);
    }

    private async Task PrepareAsync()
    {
        string home = site.Server.HomeOf(WebSite.Admin);
        if (!File.Exists(Path.Combine(home, "secret")))
        {
            using WebClient admin = await site.ProgramAsync(WebSite.Admin), program = await site.ProgramAsync();
            (await admin.PutAsync("/files/secret", Encoding.UTF8.GetBytes(Secret))).Expect(201);
            (await program.GetAsync("/entries/")).Expect(200);
            Directory.CreateDirectory(site.Server.HomeOf(WebSite.User));
        }

        string link = site.Stored("link");
        if (new FileInfo(link).LinkTarget is null && !Path.Exists(link))
        {
            File.CreateSymbolicLink(link, home);
        }
    }

    private static void AssertNothingTold(WebAnswer answer)
    {
        Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(answer.Body), StringComparison.Ordinal);
        Assert.DoesNotContain("root:x:", Encoding.Latin1.GetString(answer.Body), StringComparison.Ordinal);
    }

    private void AssertUntouched()
    {
        string[] there = [.. Directory.EnumerateFileSystemEntries(site.Server.HomeOf(WebSite.Admin)).Select(path => Path.GetFileName(path))];
        Assert.Equal(["secret"], there);
        Assert.Equal(Secret, File.ReadAllText(Path.Combine(site.Server.HomeOf(WebSite.Admin), "secret")));
        Assert.Equal([WebSite.User, WebSite.Admin], Directory.EnumerateDirectories(Path.Combine(site.Server.Data, "homes")).Select(path => Path.GetFileName(path)).Order());
    }
}
