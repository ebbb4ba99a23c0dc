"""Known issues from the literature, for the adapters to which they apply."""

from ecnet.datasets.declaration import Issue

LAB_ONLY = Issue(
    "The traffic is from a testbed: classes may be distinguished by how it was set up (spurious "
    "correlation), and a score says little about other networks (lab-only evaluation).",
    "D. Arp, E. Quiring, F. Pendlebury, A. Warnecke, F. Pierazzi, C. Wressnegger, L. Cavallaro, "
    "K. Rieck: Dos and Don'ts of Machine Learning in Computer Security, USENIX Security 2022",
)
SMELLS = Issue(
    "Benchmarks of network intrusion detection share design smells, such as traffic of little "
    "diversity and features that depend too closely on the label, with which simple models score "
    "high.",
    "R. Flood, G. Engelen, D. Aspinall, L. Desmet: Bad Design Smells in Benchmark NIDS Datasets, "
    "IEEE EuroS&P 2024",
)
"""Both apply to all such datasets; neither publication examined these ones."""

CICFLOWMETER = Issue(
    "The flows of IoTID20 were made by CICFlowMeter, whose errors in terminating TCP flows, in "
    "timing and in counting affect flows and features; the study is about CIC-IDS2017, made with "
    "the same tool.",
    "G. Engelen, V. Rimmer, W. Joosen: Troubleshooting an Intrusion Detection Dataset: the "
    "CICIDS2017 Case Study, IEEE SPW 2021, doi:10.1109/SPW53761.2021.00009",
)
CICFLOWMETER_FEATURES = Issue(
    "Of CICFlowMeter's columns, those of bulks, subflows, active and idle times, flags, mean "
    "packet lengths, the backward initial window and the ratio of packets hold something else than "
    "their names say.",
    "G. Engelen, V. Rimmer, W. Joosen: their corrected tool, 2021 to 2024, "
    "https://github.com/GintsEngelen/CICFlowMeter; issues 41, 76, 94, 111, 124 and 125 of "
    "https://github.com/ahlashkari/CICFlowMeter",
)
BOT_IOT_REVIEW = Issue(
    "Normal traffic is a tiny share; some columns of the 5% subset are not valid features, and the "
    "derived ones were computed over windows of 100 records in the authors' order.",
    "J. M. Peterson, J. L. Leevy, T. M. Khoshgoftaar: A Review and Analysis of the Bot-IoT "
    "Dataset, IEEE SOSE 2021, doi:10.1109/SOSE52839.2021.00007",
)
KDD_COPIES = Issue(
    "KDD Cup 1999, its origin, consists mostly of duplicates; they were removed, so class counts "
    "no longer reflect frequencies.",
    "M. Tavallaee, E. Bagheri, W. Lu, A. A. Ghorbani: A detailed analysis of the KDD CUP 99 data "
    "set, IEEE CISDA 2009, doi:10.1109/CISDA.2009.5356528",
)
KDD_WINDOWS = Issue(
    "Nineteen columns count connections of the past two seconds, or the last hundred to the same "
    "host: records of one attack hold each other.",
    "S. J. Stolfo, W. Fan, W. Lee, A. Prodromidis, P. K. Chan: KDD Cup 1999, task description, "
    "http://kdd.ics.uci.edu/databases/kddcup99/task.html",
)
DARPA = Issue(
    "Its traffic was synthesised for DARPA's evaluation of 1998, and it was never shown that it "
    "resembles traffic of a real network.",
    "J. McHugh: Testing Intrusion Detection Systems: A Critique of the 1998 and 1999 DARPA "
    "Intrusion Detection System Evaluations as Performed by Lincoln Laboratory, ACM TISSEC "
    "3(4):262-294, 2000, doi:10.1145/382912.382923",
)
