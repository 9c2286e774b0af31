using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web;

/// <summary>What a conditional or ranged request gets.</summary>
/// <param name="Length">Bytes from <paramref name="Offset"/>; null where no content is sent.</param>
internal readonly record struct Judgement(int Status, long Offset, long? Length);

/// <summary>Preconditions and ranges (RFC 9110, 13 and 14).</summary>
internal static class Conditions
{
    public static EntityTagHeaderValue TagOf(FileState state) => new($"\"{state.Version}\"");

    /// <summary>In whole seconds, as HTTP tells times.</summary>
    public static DateTimeOffset TimeOf(FileState state) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(state.Entry.Modified / 1_000_000, 0, 253_402_300_799));

    public static Judgement Judge(HttpRequest request, FileState state)
    {
        var headers = request.GetTypedHeaders();
        // In the order of RFC 9110, 13.2.2.
        bool holds = headers.IfMatch.Count > 0 ? Matches(headers.IfMatch, state)
            : headers.IfUnmodifiedSince is not { } until || TimeOf(state) <= until;
        if (!holds)
        {
            return new Judgement(StatusCodes.Status412PreconditionFailed, 0, null);
        }

        bool isKnown = headers.IfNoneMatch.Count > 0 ? headers.IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(TagOf(state), useStrongComparison: false))
            : headers.IfModifiedSince is { } since && TimeOf(state) <= since;
        // A range is defined for GET alone (14.2).
        return isKnown ? new Judgement(StatusCodes.Status304NotModified, 0, null)
            : HttpMethods.IsGet(request.Method) && headers.Range is { } range && RangeHolds(headers.IfRange, state) ? Ranged(range, state.Entry.Size)
            : new Judgement(StatusCodes.Status200OK, 0, state.Entry.Size);
    }

    public static bool Matches(IList<EntityTagHeaderValue> tags, FileState state) =>
        tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(TagOf(state), useStrongComparison: true));

    private static bool RangeHolds(RangeConditionHeaderValue? condition, FileState state) =>
        condition is null || (condition.EntityTag is { } tag ? tag.Compare(TagOf(state), useStrongComparison: true) : condition.LastModified == TimeOf(state));

    private static Judgement Ranged(RangeHeaderValue range, long size)
    {
        // Several ranges at once are answered whole, which a server may (14.2).
        if (range.Unit != "bytes" || range.Ranges.Count != 1)
        {
            return new Judgement(StatusCodes.Status200OK, 0, size);
        }

        var (from, to) = (range.Ranges.Single().From, range.Ranges.Single().To);
        long first = from ?? Math.Max(0, size - to!.Value);
        long last = from is null ? size - 1 : Math.Min(to ?? long.MaxValue, size - 1);
        return first >= size || last < first
            ? new Judgement(StatusCodes.Status416RangeNotSatisfiable, 0, null)
            : new Judgement(StatusCodes.Status206PartialContent, first, last - first + 1);
    }
}
