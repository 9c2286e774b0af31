using System.Runtime.InteropServices;

namespace Switchboard.Client.Connecting;

/// <summary>Spares a pinned client the system's certificate store, which OpenSSL would read whole at the first handshake (about 40 ms).</summary>
internal static partial class CertificateStore
{
    private static int skipped;

    /// <summary>Points OpenSSL's default locations at an empty place, once. The managed environment does not reach OpenSSL.</summary>
    public static void Skip()
    {
        if (OperatingSystem.IsLinux() && Interlocked.Exchange(ref skipped, 1) == 0)
        {
            _ = SetEnvironment("SSL_CERT_FILE", "/dev/null", 1);
            _ = SetEnvironment("SSL_CERT_DIR", "/dev/null", 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
