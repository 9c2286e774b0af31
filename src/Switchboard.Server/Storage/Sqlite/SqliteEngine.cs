using System.Reflection;
using System.Runtime.InteropServices;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>Chooses the SQLite library: the system's, which the distribution keeps patched, else the one that came with the program.</summary>
internal static class SqliteEngine
{
    private static readonly string[] Preferred = ["libsqlite3.so.0", "libsqlite3.so"];
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once per process; later calls cost nothing.</summary>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        var provider = new SQLitePCL.SQLite3Provider_e_sqlite3();
        NativeLibrary.SetDllImportResolver(provider.GetType().Assembly, Resolve);
        SQLitePCL.raw.SetProvider(provider);
        SQLitePCL.raw.FreezeProvider();
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name == "e_sqlite3")
        {
            foreach (var candidate in Preferred)
            {
                if (NativeLibrary.TryLoad(candidate, out var handle))
                {
                    return handle;
                }
            }
        }

        // Zero lets the runtime look where it always does, which finds the bundled e_sqlite3.
        return 0;
    }
}
