using System.Globalization;
using System.Text.RegularExpressions;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Web;
using Switchboard.Tests.Protocol;

namespace Switchboard.Tests.Web;

/// <summary>Every refusal has a status that somebody chose: docs/http.md says which.</summary>
public partial class WebErrorsTests
{
    /// <summary>A client's own word about a server; no server says it.</summary>
    private const RefusalCode ClientsOwn = RefusalCode.ServerUntrusted;

    public static TheoryData<RefusalCode> Codes => [.. Enum.GetValues<RefusalCode>().Where(code => code != ClientsOwn)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_code_has_the_status_that_the_page_tells(RefusalCode code)
    {
        var told = Rows().Where(row => row.Groups[2].Value.Contains($"`{code.Name()}`", StringComparison.Ordinal)).ToList();
        string[] statuses = Assert.Single(told).Groups[1].Value.Split(", ");
        Assert.Contains(WebErrors.Status(code).ToString(CultureInfo.InvariantCulture), statuses);
    }

    [Fact]
    public void Only_a_fault_of_the_server_is_answered_as_one() =>
        Assert.Equal([RefusalCode.Internal, ClientsOwn], Enum.GetValues<RefusalCode>().Where(code => WebErrors.Status(code) == 500));

    private static MatchCollection Rows() => Row().Matches(File.ReadAllText(ProtocolDocument.At("docs", "http.md")));

    [GeneratedRegex(@"^\| ([0-9]{3}(?:, [0-9]{3})*) \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
