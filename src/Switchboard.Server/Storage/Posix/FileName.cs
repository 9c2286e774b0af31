using System.Text;

namespace Switchboard.Server.Storage.Posix;

/// <summary>A name or path as the kernel takes it: bytes with a NUL behind them. Bytes, because names on disk need not be UTF-8.</summary>
internal readonly struct FileName
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _terminated;

    private FileName(byte[] terminated) => _terminated = terminated;

    /// <summary>The folder a handle stands for, itself.</summary>
    public static FileName Here { get; } = From(".");

    /// <summary>A file that was opened is named by its handle and no name.</summary>
    public static FileName Empty { get; } = From("");

    public static FileName From(string text)
    {
        var bytes = new byte[Strict.GetByteCount(text) + 1];
        Strict.GetBytes(text, bytes);
        return new FileName(bytes);
    }

    public static FileName From(ReadOnlySpan<byte> bytes)
    {
        var terminated = new byte[bytes.Length + 1];
        bytes.CopyTo(terminated);
        return new FileName(terminated);
    }

    public ReadOnlySpan<byte> Bytes => _terminated.AsSpan(0, _terminated.Length - 1);

    public ref readonly byte GetPinnableReference() => ref _terminated[0];

    /// <summary>The name as text; null when it is not valid UTF-8, so nobody can name it.</summary>
    public string? Text => System.Text.Unicode.Utf8.IsValid(Bytes) ? Encoding.UTF8.GetString(Bytes) : null;

    /// <summary>For showing: what is not UTF-8 as <c>\xHH</c>.</summary>
    public override string ToString() => Text ?? Escaped();

    private string Escaped()
    {
        var text = new StringBuilder();
        var rest = Bytes;
        while (!rest.IsEmpty)
        {
            var good = Rune.DecodeFromUtf8(rest, out var rune, out var used) is System.Buffers.OperationStatus.Done;
            if (good)
            {
                text.Append(rune);
            }
            else
            {
                foreach (var bad in rest[..used])
                {
                    text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{bad:x2}");
                }
            }

            rest = rest[used..];
        }

        return text.ToString();
    }
}
