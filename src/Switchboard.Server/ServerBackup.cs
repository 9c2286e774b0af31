using Switchboard.Server.Connections;
using Switchboard.Server.Services.Backup;

namespace Switchboard.Server;

/// <summary>Backup and restore of a server's data directory. Started by root they first become the user that the server would: nothing acts on a home as root.</summary>
public static class ServerBackup
{
    /// <summary>Copies everything to a stream the caller opened; the server may run meanwhile. See <see cref="Backup"/>.</summary>
    /// <exception cref="Storage.DataDirectoryException">There is no server's data.</exception>
    public static Task<BackupSummary> WriteAsync(ServerOptions options, Stream to, IProgress<BackupProgress>? progress, CancellationToken ct)
    {
        if (File.Exists(Storage.DataDirectory.DatabaseOf(options.Data)))
        {
            Privileges.LeaveRoot(options, Log.Silent);
        }

        return Backup.WriteAsync(options.Data, to, progress, ct);
    }

    /// <summary>Restores into a directory that is empty or does not exist. See <see cref="Backup"/>.</summary>
    /// <exception cref="Storage.DataDirectoryException">The directory is in use or not ours.</exception>
    public static Task<BackupSummary> RestoreAsync(ServerOptions options, Stream from, IProgress<BackupProgress>? progress, CancellationToken ct)
    {
        Privileges.LeaveRoot(options, Log.Silent);
        return Backup.RestoreAsync(from, options.Data, progress, ct);
    }
}
