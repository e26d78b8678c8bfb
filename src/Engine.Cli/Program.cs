using System.CommandLine;
using System.CommandLine.Help;
using Engine.Cli;
using Engine.Cli.Commands;
using Engine.Cli.Training;

if (args is ["train", .. var options])
{
    Rehearsal.StartEarly(options);
}
var root = new Command("engine", "A neural-network engine: trains and runs networks on MNIST and its relatives.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    PredictCommand.Create(),
    ShowCommand.Create(),
    XorCommand.Create(),
    PerceptronCommand.Create(),
    InfoCommand.Create(),
    new HelpOption { Recursive = true },
    new VersionOption(),
};
return CommandRunner.Run(root, args);
