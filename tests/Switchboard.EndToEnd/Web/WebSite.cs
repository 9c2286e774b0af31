using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>A server whose web door is used: the accounts <c>ann</c> and <c>root</c> (an admin), programs with their tokens, and browsers.</summary>
public sealed class WebSite : IAsyncLifetime
{
    public const string User = "ann", Admin = "root", Password = "correct horse";

    private readonly Dictionary<string, string> _tokens = [];
    private string[] _more = [];
    private int _addresses;

    public ServerProcess Server { get; private set; } = null!;
    public TemporaryFolder Local { get; } = new();

    /// <summary>What the server says of its own addresses, asked once.</summary>
    public ApiDescription Api { get; private set; } = null!;

    public string Certificate => Path.Combine(Server.Data, "tls", "cert.pem");
    public Uri Base => new($"https://{Server.Address}");
    public IPEndPoint At => new(IPAddress.Loopback, Server.Port);

    /// <param name="more">Further arguments of <c>serve</c>.</param>
    public static async Task<WebSite> StartAsync(params string[] more)
    {
        WebSite site = new() { _more = more };
        try
        {
            await site.InitializeAsync();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <param name="settings">Lines of a settings file.</param>
    public static async Task<WebSite> StartWithAsync(params string[] settings)
    {
        WebSite site = new();
        File.WriteAllLines(site.Local.At("settings.conf"), settings);
        site._more = ["--config", site.Local.At("settings.conf")];
        await site.InitializeAsync();
        return site;
    }

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync(_more);
        using WebClient nobody = Browser();
        Api = new ApiDescription((await nobody.GetAsync("/api/openapi.json")).Expect(200).Json);
        await AddAsync(User, allow: "files,chat,run");
        await AddAsync(Admin, allow: "files,chat,admin");
    }

    /// <summary>Adds an account whose holder has set a password of their own: with the one that the operator chose, a browser may do nothing else.</summary>
    public async Task AddAsync(string account, string? quota = null, string? allow = null)
    {
        const string Chosen = "the operator's choice";
        await Server.AddAccountAsync(account, Chosen, quota, allow);
        using WebClient browser = await LoggedInAsync(account, Chosen);
        (await browser.SetPasswordAsync(Chosen, Password)).Expect(204);
    }

    /// <summary>A file that another program of the server's user left in the home.</summary>
    public async Task PlaceAsync(string path, byte[] bytes)
    {
        await File.WriteAllBytesAsync(Stored(path), bytes);
        using Command owner = Command.Start(["-h", "--reference=" + Server.HomeOf(User), Stored(path)], program: "/usr/bin/chown");
        (await owner.WaitAsync()).Expect(0);
    }

    /// <summary>A program with a token of an account's.</summary>
    public async Task<WebClient> ProgramAsync(string account = User) => new(this, null) { Token = await TokenAsync(account) };

    /// <summary>One that brings exactly this token.</summary>
    public WebClient Program(string account, string token) => new(this, null) { Account = account, Token = token };

    /// <summary>A browser that is not logged in, at an address of its own: one that is refused makes nobody else wait.</summary>
    public WebClient Browser(IPAddress? from = null) => new(this, from ?? NextAddress());

    public async Task<WebClient> LoggedInAsync(string account = User, string password = Password, string? device = null)
    {
        WebClient browser = Browser();
        (await browser.LoginAsync(account, password, device)).Expect(200);
        return browser;
    }

    public async Task<string> TokenAsync(string account)
    {
        if (!_tokens.TryGetValue(account, out string? token))
        {
            token = _tokens[account] = await Server.AddTokenAsync(account);
        }

        return token;
    }

    public string Stored(string path, string account = User) => Path.Combine(Server.HomeOf(account), path.TrimStart('/'));

    /// <summary>The certificate is the one the server keeps, and no other.</summary>
    public RemoteCertificateValidationCallback Trust
    {
        get
        {
            using X509Certificate2 known = X509Certificate2.CreateFromPem(File.ReadAllText(Certificate));
            string expected = known.GetCertHashString();
            return (_, presented, _, _) => presented?.GetCertHashString() == expected;
        }
    }

    /// <summary>curl at this server, with its certificate; <paramref name="input"/> is its standard input.</summary>
    public Task<CommandResult> CurlAsync(string input, params string[] arguments)
        => ClientPrograms.RunAsync("curl", input, ["-sS", "--insecure", "--noproxy", "*", .. arguments]);

    private IPAddress NextAddress() => new([127, 0, 7, (byte)(1 + (Interlocked.Increment(ref _addresses) % 250))]);

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        Local.Dispose();
    }
}
