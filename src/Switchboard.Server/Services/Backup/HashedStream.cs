using System.Security.Cryptography;

namespace Switchboard.Server.Services.Backup;

/// <summary>
/// Exactly <c>length</c> bytes of a source for a tar entry whose header has been written: zeros where the source turns out shorter, nothing of
/// what it grew by. Digests what it hands out.
/// </summary>
internal sealed class HashedStream(Stream source, long length) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    /// <summary>The source ended before its length.</summary>
    public bool Padded { get; private set; }

    public override bool CanRead => true;

    // The tar writer asks a seekable stream for its length, and would copy any other into memory first.
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public byte[] Digest() => _hash.GetHashAndReset();

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..Room(buffer.Length)];
        return Taken(buffer, buffer.IsEmpty || Padded ? 0 : source.Read(buffer));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..Room(buffer.Length)];
        var read = buffer.IsEmpty || Padded ? 0 : await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Taken(buffer.Span, read);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private int Room(int wanted) => (int)Math.Min(wanted, length - _position);

    private int Taken(Span<byte> buffer, int read)
    {
        if (read == 0 && !buffer.IsEmpty)
        {
            Padded = true;
            buffer.Clear();
            read = buffer.Length;
        }

        _hash.AppendData(buffer[..read]);
        _position += read;
        return read;
    }
}
