using System.Buffers;
using System.Security.Cryptography;
using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One file or folder on its way up, across all attempts.</summary>
internal sealed class UploadItem(string local, string remote, LocalEntry entry)
{
    public string Local => local;

    public string Remote { get; set; } = remote;

    /// <summary>As last seen; refreshed when the file is opened.</summary>
    public LocalEntry Entry { get; private set; } = entry;

    public bool IsFolder => Entry.Kind == LocalKind.Folder;

    /// <summary>Make missing folders above it.</summary>
    public bool Parents { get; init; } = true;

    /// <summary>Of the content that was sent; known once it was read to its end.</summary>
    public string? Sha256 { get; set; }

    /// <summary>The server's name for the upload, once known.</summary>
    public string? UploadId { get; set; }

    public long Sent { get; set; }

    /// <summary>What an earlier call had left; null before the first answer.</summary>
    public long? ResumedAt { get; set; }

    public bool SourceChanged { get; set; }

    /// <summary>Its last frame left in an earlier attempt, so it may be stored although no answer came.</summary>
    public bool MayBeStored { get; set; }

    /// <summary>The source changed while it was sent and it was begun anew once.</summary>
    public bool WasRestarted { get; private set; }

    /// <summary>Begun on this connection and neither committed nor refused.</summary>
    public bool IsTorn { get; set; }

    /// <summary>Bytes counted as progress.</summary>
    public long Counted { get; set; }

    /// <summary>The whole content, rented, while it is held: small files only.</summary>
    public byte[]? Content { get; private set; }

    public int Length { get; private set; }

    /// <summary>Why the content could not be read.</summary>
    public RefusedException? Unreadable { get; set; }

    public Task<StoredAnswer>? Answer { get; set; }

    public Task<Done>? FolderAnswer { get; set; }

    public bool IsSmall(int limit) => !IsFolder && Entry.Size <= limit;

    /// <summary>Reads a small file and its digest; one that has grown beyond the limit stays unread and goes the way of big ones.</summary>
    public void Load(int limit)
    {
        try
        {
            using var file = LocalTree.OpenForReading(local);
            Entry = LocalTree.Look(file);
            if (Entry.Size <= limit)
            {
                Fill(file);
            }
        }
        catch (Exception e) when (LocalErrors.IsLocal(e) || e is RefusedException)
        {
            Release();
            Unreadable = LocalErrors.ToRefusal(e, local);
        }
    }

    /// <summary>Begin at byte 0: what was sent is of a file that is no more.</summary>
    public void Restart()
    {
        WasRestarted = true;
        SourceChanged = true;
        UploadId = null;
        ResumedAt = null;
    }

    /// <summary>The server does not have the upload it named any more. False when none was named.</summary>
    public bool ForgetUpload()
    {
        bool named = UploadId is not null;
        UploadId = null;
        ResumedAt = null;
        return named;
    }

    public void Opened(LocalEntry now) => Entry = now;

    public void Release()
    {
        if (Content is { } rented)
        {
            Content = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        // One byte more than expected shows that the file grows.
        Content = ArrayPool<byte>.Shared.Rent((int)Entry.Size + 1);
        Length = 0;
        int read;
        while (Length <= Entry.Size && (read = RandomAccess.Read(file, Content.AsSpan(Length, (int)Entry.Size + 1 - Length), Length)) > 0)
        {
            Length += read;
        }

        if (Length != Entry.Size)
        {
            throw LocalErrors.Refuse(RefusalCode.SourceChanged, local, "the file changed while it was read");
        }

        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content.AsSpan(0, Length)));
    }
}
