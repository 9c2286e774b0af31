using System.Security.Cryptography;
using System.Text.Json;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>
/// What the first connection of a process has to load: OpenSSL, and how the login's messages become JSON. On a second core it loads while the
/// first one still reads a profile and dials; on a single core nothing is lost, for it would be loaded anyway.
/// </summary>
internal static class ColdStart
{
    private static bool begun;

    public static void Begin(bool skipSystemCertificates)
    {
        if (!Interlocked.Exchange(ref begun, true))
        {
            _ = Task.Run(() => LoadTls(skipSystemCertificates));
            _ = Task.Run(LoadMessages);
        }
    }

    private static void LoadTls(bool skipSystemCertificates)
    {
        if (skipSystemCertificates)
        {
            CertificateStore.Skip();
        }

        _ = SHA256.HashData([]);
    }

    private static void LoadMessages()
    {
        _ = JsonSerializer.SerializeToUtf8Bytes(new Hello { Version = 1 }, ProtocolJson.Default.Hello);
        _ = JsonSerializer.SerializeToUtf8Bytes(new Auth(), ProtocolJson.Default.Auth);
        _ = JsonSerializer.Deserialize("""{"version":1,"server":"","mechanisms":[],"put_limit":0,"window":0}"""u8, ProtocolJson.Default.HelloAnswer);
        _ = JsonSerializer.Deserialize("""{"data":""}"""u8, ProtocolJson.Default.Challenge);
        _ = JsonSerializer.Deserialize("""{"account":"","allow":[],"used":0,"free":0}"""u8, ProtocolJson.Default.LoginAnswer);
    }
}
