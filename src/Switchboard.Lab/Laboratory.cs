using Switchboard.Lab.Experiments;

namespace Switchboard.Lab;

/// <summary>Every experiment, in the order of the list.</summary>
public static class Laboratory
{
    public static readonly ExperimentGroup[] Groups =
    [
        StreamExperiments.Group,
        CureExperiments.Group,
        MistakeExperiments.Group,
        ConnectionExperiments.Group,
        BufferExperiments.Group,
        ServerExperiments.Group,
        IdentityExperiments.Group,
        OneToAllExperiments.Group,
        LossExperiments.Group,
        LayerExperiments.Group,
    ];

    public static IEnumerable<Experiment> All => Groups.SelectMany(group => group.Experiments);

    public static Experiment? Find(string name) => All.FirstOrDefault(one => one.Name == name);
}
