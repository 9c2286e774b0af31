using Switchboard.Client;

namespace Switchboard.EndToEnd;

/// <summary>One server for the tests of the client library, with an account, and folders to move.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    public const string User = "ada", Password = "a password for tests";

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync();
        await Server.AddAccountAsync(User, Password);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public ConnectOptions Options(int? port = null) => new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", port ?? Server.Port),
        User = User,
        Password = Password,
        Fingerprint = Server.Fingerprint,
        Device = "end-to-end",
    };

    public Transfers Transfers(int? port = null) => new(Options(port));

    /// <summary>Every file below a folder, by its path relative to it.</summary>
    public static SortedDictionary<string, string> Contents(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))),
        StringComparer.Ordinal);
}
