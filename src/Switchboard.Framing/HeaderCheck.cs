using System.Text.Json;
using System.Text.Unicode;

namespace Switchboard.Framing;

/// <summary>Reads a header once: is it one JSON object as the framing wants it, and which size does it name?</summary>
internal static class HeaderCheck
{
    /// <summary>Headers have about ten names; more are sorted.</summary>
    private const int FewNames = 16;

    /// <returns>The payload's length in bytes; 0 where <c>size</c> is absent.</returns>
    /// <exception cref="FrameException">The header breaks a rule; <see cref="FrameException.Error"/> says which.</exception>
    public static long ReadSize(HeaderBuffer header)
    {
        // Utf8JsonReader looks at the encoding of a string only when it is asked for the text.
        if (!Utf8.IsValid(header.Span))
            throw new FrameException(FrameError.InvalidUtf8, "The header is not valid UTF-8.");
        try
        {
            return Walk(header);
        }
        catch (JsonException e)
        {
            throw new FrameException(FrameError.InvalidJson, $"The header is not JSON: {e.Message}", e);
        }
    }

    private static long Walk(HeaderBuffer header)
    {
        var names = new HeaderNames(header, stackalloc HeaderName[FewNames]);
        try
        {
            return WalkProperties(header, ref names);
        }
        finally
        {
            names.Dispose();
        }
    }

    private static long WalkProperties(HeaderBuffer header, ref HeaderNames names)
    {
        var reader = new Utf8JsonReader(header.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw NoObject(ref reader);
        long size = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            HeaderName name = header.Locate(ref reader);
            names.Add(name);
            reader.Read();
            if (header[name].SequenceEqual("size"u8))
                size = SizeFrom(ref reader);
            else
                PassValue(ref reader, header);
        }
        names.CheckMany();
        // Anything but white space after the closing brace throws.
        reader.Read();
        return size;
    }

    private static FrameException NoObject(ref Utf8JsonReader reader)
    {
        JsonTokenType found = reader.TokenType;
        while (reader.Read())
        {
            // To the end, since it might be no JSON either.
        }
        return new FrameException(FrameError.NotAnObject, $"The header is JSON, but no object: {found}.");
    }

    /// <summary>Only plain digits: where <c>1e3</c> or <c>1.0</c> were taken, two implementations could disagree about where the next frame begins.</summary>
    private static long SizeFrom(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.ValueSpan[0] != (byte)'-' && reader.TryGetInt64(out long size))
            return size;
        throw new FrameException(FrameError.InvalidSize, "The header's size is not a whole number from 0 to 2^63-1 in plain digits.");
    }

    private static void PassValue(ref Utf8JsonReader reader, HeaderBuffer header)
    {
        CheckEscapes(ref reader, header);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
            CheckEscapes(ref reader, header);
    }

    private static void CheckEscapes(ref Utf8JsonReader reader, HeaderBuffer header)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            header.CheckEscapes(ref reader);
    }
}
