from mdp_plugin.deploy import load_exported
from mdp_plugin.zoo.entries import DEFAULT_MODEL, all_entries, exported_file, find_entry


def test_aliases_are_unique_and_lead_to_weights(project_root):
    names = [name for entry in all_entries() for name in (entry['Name'], entry.get('Alias'))]
    names = [name for name in names if name]
    assert len(names) == len(set(names)) and {'mdpnet', 'mdpnet-sirst', 'mdpnet-nudt-sirst'} <= set(
        names
    )
    for name in names:
        assert (project_root / find_entry(name)['Weights']).is_file()


def test_the_default_model_has_an_exported_file():
    """So that `mdpnet detect` finds targets without PyTorch; verify_zoo.py compares the two."""
    entry = find_entry(DEFAULT_MODEL)
    file = exported_file(entry)
    assert file.stat().st_size < 1e6
    assert load_exported(file, threads=1).metadata.weights_sha256 == entry['SHA256']
    assert b'/detector_graph.py' not in file.read_bytes()  # paths of the machine that exported it
