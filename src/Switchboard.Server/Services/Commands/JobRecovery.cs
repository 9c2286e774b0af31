using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>At the start of a server: what became of the jobs of the one before it.</summary>
internal sealed class JobRecovery(CommandsOptions options, WorkedHomes homes, JobSurroundings around, JobTable table, Log log)
{
    public void Run()
    {
        foreach (var folder in JobFolder.All(options.Jobs))
        {
            try
            {
                Recover(folder);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or RefusedException)
            {
                // Written by a later program, or cut by a power failure: it cannot be told what it was, so it is not shown as anything.
                log.Warning("commands", $"job {folder.Id} cannot be read and is removed: {e.Message}");
                folder.Remove();
            }
        }
    }

    private void Recover(JobFolder folder)
    {
        if (!folder.HasRecord)
        {
            // A sandbox that was made ahead: its shell ended with the server that would have given it orders.
            JobFolder.Release(folder.AckPipe);
            folder.Remove();
            return;
        }

        var record = folder.ReadRecord();
        table.Add(folder.ReadEnding() is { } ending ? Job.Over(record, folder, around, ending) : Unfinished(record, folder));
    }

    private Job Unfinished(JobRecord record, JobFolder folder)
    {
        if (!record.Terminal && JobFolder.IsHeld(folder.AckPipe))
        {
            table.TakePlace(record.Account);
            log.Info("commands", $"job {record.Id} of {record.AccountName} goes on");
            return Job.Resume(record, folder, around, homes.Space(record.Account).Stored);
        }

        EndRemains(record, folder);
        var lost = new JobEnding { Time = around.Clock.Microseconds(), Lost = true };
        folder.Write(lost);
        JobFolder.Release(folder.HoldPipe);
        folder.RemovePipes();
        log.Info("commands", $"job {record.Id} of {record.AccountName} was lost with the server");
        return Job.Over(record, folder, around, lost);
    }

    // One with a terminal dies with the server. In case it has just been made and did not yet know of that, it is ended here: nothing runs on unseen.
    private static void EndRemains(JobRecord record, JobFolder folder)
    {
        if (record.HolderStart is { } start && ProcessTree.StartOf(record.Holder) == start)
        {
            using var status = Spool.Open(folder.StatusFile);
            if (JobFolder.ReadStatus(status).Process is { } root)
            {
                ProcessTree.Signal(root, ProcessTree.Kill);
            }

            ProcessTree.Signal(record.Holder, ProcessTree.Kill);
        }
    }
}
