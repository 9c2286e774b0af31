using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Writes what a <c>get</c> sends below a folder: small files through one temporary name at the top, big ones through a <c>.part</c> of their own,
/// so that a broken call leaves something to go on with.
/// </summary>
internal sealed class TreeSink(TargetFolder folder, string remote, Tally tally, string temporary, string? single = null) : IGetSink, IDisposable
{
    private const long LargestSmall = 256 * 1024;

    private readonly FolderAttributes attributes = new(folder, tally);
    private FileStart? current;
    private IncomingFile? incoming;
    private PartFile? part;
    private RefusedException? failed;

    public void Folder(FolderStart start)
    {
        // The top itself may come too.
        if (start.Path is "" or "." or "/")
        {
            return;
        }

        LocalErrors.Run(start.Path, () => folder.MakeFolder(start.Path));
        attributes.Enter(start);
        tally.Folder();
    }

    public ValueTask BeginAsync(FileStart file)
    {
        current = file;
        part = null;
        failed = null;
        var target = single ?? file.Path;
        attributes.Reach(target);
        tally.Meter.Begin(RemotePath.Join(remote, file.Path));
        if (file.Error is { } code)
        {
            failed = new(new Refusal(RefusalCodes.TryParse(code, out var known) ? known : RefusalCode.Internal) { Subject = RemoteOf(file), Detail = "on the server" });
            return ValueTask.CompletedTask;
        }

        try
        {
            incoming = new(folder, Temporary(file, target, out var handle), handle);
        }
        catch (Exception e) when (LocalErrors.IsLocal(e) || e is RefusedException)
        {
            failed = LocalErrors.ToRefusal(e, target);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(ReadOnlySequence<byte> bytes)
    {
        if (failed is null)
        {
            // A full disk stops everything: the rest of the tree is not worth sending.
            LocalErrors.Run(single ?? current!.Path, () => incoming!.Append(bytes));
        }

        tally.Meter.Move(bytes.Length);
        return tally.Rate.TakeAsync(bytes.Length, CancellationToken.None);
    }

    public ValueTask EndAsync(string? sha256)
    {
        using var file = incoming;
        incoming = null;
        try
        {
            Finish(file, sha256);
        }
        catch (Exception e) when (LocalErrors.IsLocal(e) || e is RefusedException)
        {
            tally.Meter.Lose(current!.Length);
            tally.Fail(RemoteOf(current), LocalErrors.ToRefusal(e, single ?? current.Path));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>After the last file: what is left of the folders' attributes.</summary>
    public void Finish() => attributes.Finish();

    /// <summary>Only when the reading loop does not write any more.</summary>
    public void Dispose() => incoming?.Dispose();

    private string Temporary(FileStart file, string target, out SafeFileHandle handle)
    {
        if (file.Total <= LargestSmall)
        {
            handle = folder.CreateFile(temporary);
            return temporary;
        }

        part = new(folder, target);
        part.Find()?.File.Dispose();
        handle = part.Create(new() { Source = RemoteOf(file), Total = file.Total, Modified = file.Modified });
        return part.Name;
    }

    private void Finish(IncomingFile? file, string? sha256)
    {
        var start = current!;
        var target = single ?? start.Path;
        if (failed is not null)
        {
            throw failed;
        }

        var own = file!.TakeDigest();
        if (file.Position != start.Total || !string.Equals(own, sha256, StringComparison.OrdinalIgnoreCase))
        {
            part?.Remove();
            throw new RefusedException(RefusalCode.DigestMismatch, RemoteOf(start), $"received {own}, the server has {sha256 ?? "none"}");
        }

        // A tree is made durable as a whole at its end: one call instead of one per file.
        var name = file.Publish(target, tally.How.IfExists, tally.How.Preserve ? (start.Mode, start.Modified) : null, durable: false);
        part?.RemoveNote();
        tally.Done(new(RemoteOf(start), start.Total, own, start.Total, 0) { Local = Path.Combine(folder.Path, name ?? target), Skipped = name is null });
    }

    private string RemoteOf(FileStart file) => single is not null ? remote : RemotePath.Join(remote, file.Path);
}

/// <summary>Times and modes of folders, set when everything below is written; at most as many are held as the tree is deep.</summary>
internal sealed class FolderAttributes(TargetFolder folder, Tally tally)
{
    private readonly Stack<FolderStart> open = new();

    public void Enter(FolderStart start)
    {
        Reach(start.Path);
        if (tally.How.Preserve)
        {
            open.Push(start);
        }
    }

    /// <summary>Something at this path comes next: folders it is not below are complete.</summary>
    public void Reach(string path)
    {
        while (open.TryPeek(out var top) && !path.StartsWith(top.Path + "/", StringComparison.Ordinal))
        {
            Apply(open.Pop());
        }
    }

    public void Finish()
    {
        while (open.TryPop(out var top))
        {
            Apply(top);
        }
    }

    private void Apply(FolderStart start) => LocalErrors.Run(start.Path, () => folder.SetFolderAttributes(start.Path, start.Mode, start.Modified));
}
