using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>A server with an FTP door on the loopback network, the account <c>ann</c> in it, and a folder for the clients' side.</summary>
public sealed class FtpSite : IAsyncDisposable
{
    public const string User = "ann", Password = "correct horse";

    private FtpSite(ServerProcess server, TemporaryFolder local) => (Server, Local) = (server, local);

    public ServerProcess Server { get; }
    public TemporaryFolder Local { get; }
    public IPEndPoint At => Server.Ftp!;
    public string Home => Server.HomeOf(User);
    public string Certificate => Path.Combine(Server.Data, "tls", "cert.pem");

    /// <param name="more">Further arguments of <c>serve</c>.</param>
    public static Task<FtpSite> StartAsync(params string[] more) => StartAsync(IPAddress.Loopback, more);

    public static Task<FtpSite> StartAsync(IPAddress address, params string[] more) => StartAsync(new TemporaryFolder(), address, more);

    /// <param name="settings">Lines of a configuration file.</param>
    /// <param name="more">Further arguments of <c>serve</c>.</param>
    public static async Task<FtpSite> StartWithAsync(string settings, params string[] more)
    {
        TemporaryFolder local = new();
        await File.WriteAllTextAsync(local.At("settings.conf"), settings);
        return await StartAsync(local, IPAddress.Loopback, ["--config", local.At("settings.conf"), .. more]);
    }

    private static async Task<FtpSite> StartAsync(TemporaryFolder local, IPAddress address, string[] more)
    {
        FtpSite site = new(await ServerProcess.StartAsync(["--ftp", new IPEndPoint(address, 0).ToString(), .. more]), local);
        try
        {
            await site.Server.AddAccountAsync(User, Password);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session of <c>ann</c>, under TLS where asked.</summary>
    public async Task<FtpWire> LoginAsync(bool tls = false)
    {
        FtpWire wire = await FtpWire.ConnectAsync(At);
        if (tls)
        {
            await wire.SecureAsync();
        }

        await wire.LoginAsync(User, Password);
        return wire;
    }

    /// <summary>Where a stored file lies on the server's disk.</summary>
    public string Stored(string name) => Path.Combine(Home, name.TrimStart('/'));

    /// <summary>A file that another program of the server's user left in the home.</summary>
    public async Task PlaceAsync(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Home);
        await File.WriteAllBytesAsync(Stored(name), bytes);
        await GiveHomeBackAsync();
    }

    /// <summary>Started by root the server is another user: what a test made in the home becomes its.</summary>
    public async Task GiveHomeBackAsync()
    {
        using Command owner = Command.Start(
            ["-h", "-R", "--reference=" + Path.Combine(Server.Data, "homes"), Home], program: "/usr/bin/chown");
        (await owner.WaitAsync()).Expect(0);
    }

    /// <summary>How many descriptors the server has open.</summary>
    public int OpenDescriptors => Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{Server.Pid}/fd")).Length;

    /// <summary>How many of them are sockets: connections, and what listens.</summary>
    public int OpenSockets => Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{Server.Pid}/fd")).Count(IsSocket);

    /// <summary>Bytes of memory the server holds now.</summary>
    public long Resident => 1024 * long.Parse(
        File.ReadLines($"/proc/{Server.Pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal),
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    /// <summary>Asks again and again until it is so; fails after <see cref="FtpWire.Patience"/> with <paramref name="what"/>.</summary>
    public static async Task UntilAsync(Func<bool> isSo, Func<string> what)
    {
        using PeriodicTimer again = new(TimeSpan.FromMilliseconds(20));
        Stopwatch waited = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(waited.Elapsed < FtpWire.Patience, what());
            await again.WaitForNextTickAsync();
        }
    }

    public static byte[] RandomBytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string DigestOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false;
        }
        catch (IOException)
        {
            // It was closed since it was listed.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Local.Dispose();
    }
}
